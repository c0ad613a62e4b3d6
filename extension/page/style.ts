/** Style of chip and card. It stands in a closed shadow root, so neither side can restyle the other. `dark` is the page's own darkness, not the system's. */
export const style = `
  :host { all: initial; }
  * { box-sizing: border-box; font: 14px/1.45 system-ui, sans-serif; }
  .chip {
    display: inline-flex; align-items: center; gap: 4px; margin: 0 0 0 8px; padding: 2px 8px 2px 6px;
    border: 1px solid #0b6e4f; border-radius: 999px; background: #e8f5ef; color: #0a4f3a;
    font-size: 12px; font-weight: 600; cursor: pointer; vertical-align: middle; text-indent: 0; letter-spacing: 0;
  }
  .chip:hover { background: #d3ecdf; }
  button:focus-visible { outline: 3px solid #1b8f6a; outline-offset: 2px; }
  .chip svg { width: 12px; height: 12px; fill: currentColor; }
  .card {
    position: fixed; margin: 0; inset: auto; width: min(340px, calc(100vw - 24px)); max-height: calc(100vh - 24px);
    overflow: auto; padding: 16px; border: 1px solid #c9d6d0; border-radius: 12px; background: #fff; color: #16211d;
    box-shadow: 0 12px 32px rgb(0 0 0 / 22%);
  }
  .card header { display: flex; justify-content: space-between; align-items: start; gap: 8px; }
  h2 { margin: 0; font-size: 12px; font-weight: 600; color: #4a5a53; }
  h3 { margin: 0 0 4px; font-size: 14px; font-weight: 650; }
  ul { margin: 0 0 8px; padding-left: 18px; overflow-wrap: anywhere; }
  .action + .action { margin-top: 8px; }
  .action + h3 { margin-top: 14px; }
  .action + .quiet { margin-top: 12px; }
  label.note { display: block; }
  .action + label { margin-top: 14px; }
  .choice { display: flex; gap: 8px; align-items: start; margin: 0 0 8px; overflow-wrap: anywhere; }
  .choice input { margin: 3px 0 0; accent-color: #0b6e4f; }
  select { width: 100%; margin: 4px 0 8px; padding: 7px 8px; border: 1px solid #c9d6d0; border-radius: 8px; background: #fff; color: #16211d; }
  .status { margin: 6px 0 10px; font-size: 16px; font-weight: 650; overflow-wrap: anywhere; }
  .note { margin: 0 0 8px; color: #4a5a53; }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 12px; margin: 0 0 14px; }
  dt { color: #4a5a53; }
  dd { margin: 0; overflow-wrap: anywhere; }
  .action {
    width: 100%; padding: 9px 14px; border: 0; border-radius: 8px; background: #0b6e4f; color: #fff;
    font-weight: 600; text-wrap: balance; cursor: pointer;
  }
  .action:hover { background: #095c42; }
  .action[disabled] { opacity: 0.7; cursor: progress; }
  .quiet { display: block; margin: 0 0 10px; padding: 0; border: 0; background: none; color: #0b6e4f; text-decoration: underline; cursor: pointer; }
  .close { padding: 0 6px; border: 0; border-radius: 6px; background: none; color: #4a5a53; font-size: 18px; line-height: 1.2; cursor: pointer; }
  .dark.chip { background: #10352a; color: #b8ecd5; border-color: #3aa981; }
  .dark.chip:hover { background: #17493a; }
  .dark.card { background: #1b2421; color: #eef5f1; border-color: #3a4843; }
  .dark h2, .dark .note, .dark dt, .dark .close { color: #b3c2bb; }
  .dark select { background: #24302c; color: #eef5f1; border-color: #3a4843; }
  .dark .quiet { color: #7fdcb8; }
  .dark .action { background: #3fbf92; color: #06251a; }
  .dark .action:hover { background: #56cfa4; }
`;
