import type { Row, RunSpec } from "../../../lib/papers/iss_p/train_and_test.ts";

/** A short run. */
export const SPEC: RunSpec = {
  method: "iss-p",
  sparsity: 0.9,
  seed: 0,
  network: "edsr-tiny",
  data: { train: ["procedural"], test: "procedural", scale: 2 },
  pruningSteps: 4,
  steps: 6,
  rate: 2e-3,
  batchSize: 2,
  patch: 8,
};

/** What must be the same when a run is repeated: all but times. */
export const timeless = (
  { seconds: _, sparsifySeconds: __, ...row }: Row,
): Omit<Row, "seconds" | "sparsifySeconds"> => row;
