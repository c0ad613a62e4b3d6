import { identifierScore, loadFixtures, scoreFacts } from '../bench/facts.ts';

// What is read on pages, against what a person reads there. Ends with one line; not 0 where a goal is missed.
const fixtures = await loadFixtures();
const { scores, orders } = scoreFacts(fixtures);
const share = (part: number, whole: number): string => (whole === 0 ? '–' : (part / whole).toFixed(3));
console.table(
  scores.map(({ kind, right, wrong, missed }) => ({
    kind,
    right,
    wrong,
    missed,
    precision: share(right, right + wrong),
    recall: share(right, right + missed),
  })),
);
const { precision, recall } = identifierScore(scores);
const goals = [
  { name: 'pages', value: fixtures.length, met: fixtures.length >= 60 },
  { name: 'precision of identifiers', value: precision, met: precision >= 0.99 },
  { name: 'recall of identifiers', value: recall, met: recall >= 0.95 },
  { name: 'orders exact', value: orders.right / orders.all, met: orders.right === orders.all },
];
const missed = goals.filter(({ met }) => !met);
const told = goals.map(({ name, value }) => `${name} ${Math.round(value * 1000) / 1000}`).join(', ');
console.log(`${goals.length - missed.length} of ${goals.length} goals met: ${told}`);
process.exit(missed.length === 0 ? 0 : 1);
