/** Does `work` when all that was handed over before it is done, well or not; what fails is told to its caller alone. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Creates one queue: of what is handed to it nothing overtakes anything. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => null);
    return done;
  };
}
