import { h, type Markup } from './markup.ts';

/** One column of a plot: what went well, and what did not, on top of it. */
export interface Bar {
  label: string;
  good: number;
  bad: number;
}

const [width, height, foot] = [340, 120, 18];

/** A small bar chart, drawn here; `text` says all of it in words. */
export function barPlot(text: string, bars: readonly Bar[]): Markup {
  const most = Math.max(1, ...bars.map(({ good, bad }) => good + bad));
  const step = width / bars.length;
  const scale = (count: number): number => Math.round((count / most) * (height - foot - 16));
  const base = height - foot;
  const columns = bars.map(({ label, good, bad }, index) => {
    const x = Math.round(index * step + step * 0.2);
    const barWidth = Math.round(step * 0.6);
    const [goodHeight, badHeight] = [scale(good), scale(bad)];
    const middle = Math.round(index * step + step / 2);
    const sum = good + bad;
    return h(
      'g',
      null,
      h('rect', { class: 'bar-good', x, y: base - goodHeight, width: barWidth, height: goodHeight }),
      h('rect', {
        class: 'bar-bad',
        x,
        y: base - goodHeight - badHeight,
        width: barWidth,
        height: badHeight,
      }),
      sum === 0
        ? null
        : h('text', { x: middle, y: base - goodHeight - badHeight - 4, 'text-anchor': 'middle' }, sum),
      h('text', { x: middle, y: height - 4, 'text-anchor': 'middle' }, label),
    );
  });
  return h(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': text },
    h('line', { class: 'axis', x1: 0, x2: width, y1: base, y2: base }),
    ...columns,
  );
}
