/** The console's style, served as a file: the pages' policy lets none stand in them. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f5; --card: #fff; --ink: #1c2420; --soft: #55615a; --line: #d6dcd7;
  --green: #0b6b4f; --on-green: #fff; --tint: #e2f1ea; --red: #a3241d; --on-red: #fff; --blush: #fbe9e7; --plain: #e9ece9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141816; --card: #1d2320; --ink: #e7ece9; --soft: #a5b1aa; --line: #38423c;
    --green: #6fd3ae; --on-green: #06281d; --tint: #17352a; --red: #ff9d93; --on-red: #3b0602; --blush: #3c1c19; --plain: #2b332e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { background: var(--card); border-bottom: 1px solid var(--line); }
.bar, nav, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; padding-top: .75rem; padding-bottom: .75rem; }
.brand { font-weight: 700; font-size: 1.15rem; color: var(--green); margin-right: auto; }
.who { display: flex; gap: .75rem; align-items: center; flex-wrap: wrap; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .5rem 0; color: var(--ink); text-decoration: none; border-bottom: 3px solid transparent; }
nav a:hover { border-color: var(--line); }
nav a[aria-current] { border-color: var(--green); font-weight: 600; }
main { padding-top: 1.25rem; padding-bottom: 2rem; }
main:focus { outline: none; }
footer { color: var(--soft); font-size: .875rem; padding-bottom: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .25rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 1rem 0 .5rem; }
p { margin: 0 0 .75rem; max-width: 44rem; }
p, li { overflow-wrap: anywhere; }
a { color: var(--green); }
.hint { color: var(--soft); font-size: .9rem; }
.back { margin: 0; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.25rem; margin: 0 0 1.25rem; }
ul { margin: 0 0 1rem; padding-left: 1.2rem; }
.card > :last-child { margin-bottom: 0; }
.card.danger { border-color: var(--red); }
.columns { display: grid; gap: 0 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); align-items: start; }
.done { background: var(--tint); border-left: 4px solid var(--green); padding: .6rem .9rem; border-radius: .3rem; }
.number { font-size: 2rem; font-weight: 650; line-height: 1.1; display: block; }
.tiles { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr)); margin: 0 0 1.25rem; padding: 0; list-style: none; }
.tiles > li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1.1rem; }
table { width: 100%; border-collapse: collapse; margin: 0 0 1rem; font-size: .95rem; }
caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .85rem; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
tbody tr:last-child td { border-bottom: 0; }
tr[hidden] { display: none !important; }
dl { display: grid; gap: .5rem 1.5rem; margin: 0 0 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .9em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--plain); padding: .6rem .8rem; border-radius: .4rem; overflow-x: auto; white-space: pre-wrap; margin: 0 0 .75rem; }
.told { display: flex; gap: .75rem; align-items: center; flex-wrap: wrap; background: var(--plain); padding: .6rem .8rem; border-radius: .4rem; margin: 0 0 .75rem; }
.told code { font-size: 1rem; }
.field { margin: 0 0 .9rem; }
.field > label, fieldset legend { display: block; font-weight: 600; margin-bottom: .2rem; padding: 0; }
.field .hint { margin: .2rem 0 0; }
fieldset { border: 0; padding: 0; margin: 0 0 .9rem; min-width: 0; }
.tick { display: flex; gap: .5rem; align-items: baseline; padding: .15rem 0; overflow-wrap: anywhere; }
.ticks { display: grid; gap: 0 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
input:not([type]), input[type=text], input[type=search], input[type=date], select, textarea {
  font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: .4rem; padding: .4rem .6rem; width: 100%; max-width: 30rem;
}
textarea { font: .9rem/1.45 ui-monospace, monospace; max-width: none; min-height: 9rem; }
input[type=file] { max-width: 100%; font: inherit; }
.search { display: block; margin-bottom: .75rem; max-width: 22rem; }
button, .button {
  display: inline-block; font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; color: var(--green);
  background: transparent; border: 1px solid var(--green); border-radius: .4rem; padding: .35rem .9rem; line-height: 1.5;
}
button.primary, .button.primary { background: var(--green); color: var(--on-green); }
button.danger { background: var(--red); border-color: var(--red); color: var(--on-red); }
.remove { color: var(--red); border-color: var(--red); }
button.quiet { border-color: transparent; padding: .2rem .4rem; text-decoration: underline; font-weight: 400; }
:focus-visible { outline: 3px solid var(--green); outline-offset: 2px; }
.row { display: flex; gap: .75rem; flex-wrap: wrap; align-items: center; }
.filters { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr)); align-items: start; }
.badge { display: inline-block; border-radius: 1rem; padding: .05rem .65rem; font-size: .85rem; font-weight: 600; background: var(--plain); white-space: nowrap; }
.badge.good { background: var(--tint); color: var(--green); }
.badge.bad { background: var(--blush); color: var(--red); }
svg { display: block; width: 100%; height: auto; max-width: 34rem; }
svg .bar-good { fill: var(--green); } svg .bar-bad { fill: var(--red); } svg .axis { stroke: var(--line); }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
meter { width: 100%; max-width: 16rem; }
@media (max-width: 44rem) {
  table, tbody, tr, td { display: block; width: 100%; }
  thead { position: absolute; left: -999rem; }
  tbody tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  tbody tr:last-child { border-bottom: 0; }
  td { border: 0 !important; padding: .15rem 0; display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .75rem; overflow-wrap: anywhere; }
  td::before { content: attr(data-label); color: var(--soft); font-size: .85rem; }
}
`;
