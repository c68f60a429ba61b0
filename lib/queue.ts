/** Runs a task when those before it are done, whether they succeeded or not. */
export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/** A queue of its own. */
export function newQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => {});
    return result;
  };
}
