import type { Batch, BatchSource } from "./batches.ts";

/** Batches that are begun before they are asked for. */
const AHEAD = 2;

/**
 * The batches of a source, of which the next ones of the epoch are begun while one is worked on. A batch that
 * cannot be read is an error only when it is asked for.
 */
export function readAhead({ stepsPerEpoch, batch }: BatchSource): BatchSource {
  let epochAtWork = -1;
  const begun = new Map<number, Promise<Batch>>();
  const begin = (epoch: number, step: number): Promise<Batch> => {
    const found = begun.get(step) ?? Promise.resolve(batch(epoch, step));
    found.catch(() => {});
    begun.set(step, found);
    return found;
  };
  return {
    stepsPerEpoch,
    batch(epoch, step) {
      if (epoch !== epochAtWork) begun.clear();
      epochAtWork = epoch;
      for (const other of begun.keys()) if (other < step || other > step + AHEAD) begun.delete(other);
      const now = begin(epoch, step);
      for (let next = step + 1; next <= step + AHEAD && next < stepsPerEpoch; next++) begin(epoch, next);
      begun.delete(step);
      return now;
    },
  };
}
