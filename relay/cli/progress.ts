import type { Progress } from '../observe/progress.ts';

/** Width of the bar, in characters. */
const width = 24;

/** A bar on one line of `stream`; nothing at all where nobody watches, so that logs of scheduled runs stay clean. */
export function createProgress(stream: { isTTY?: boolean; write(text: string): unknown }): Progress {
  const write = (text: string): void => void (stream.isTTY === true && stream.write(`\r\u001b[K${text}`));
  return {
    show(label, done, total) {
      const share = total === null ? null : Math.min(done / Math.max(total, 1), 1);
      const bar = share === null ? '' : `[${'#'.repeat(Math.round(share * width)).padEnd(width)}] `;
      write(`${bar}${label} ${done}${total === null ? '' : ` of ${total}`}`);
    },
    clear: () => write(''),
  };
}
