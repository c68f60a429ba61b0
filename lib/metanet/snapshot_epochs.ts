import { COUNT, requireNumbers } from "../bounds.ts";

/**
 * Meta-epochs after which a metanetwork is kept: every so many, and the last.
 *
 * @throws RangeError where one of them is no whole number from 1
 */
export function snapshotEpochs({ epochs, every }: { epochs: number; every: number }): number[] {
  requireNumbers("meta-train", { epochs, every }, COUNT);
  return Array.from({ length: epochs }, (_, i) => i + 1).filter((epoch) =>
    epoch % every === 0 || epoch === epochs
  );
}
