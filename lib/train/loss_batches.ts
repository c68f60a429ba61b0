import { COUNT, requireNumbers } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import { type BatchOptions, type BatchSource, toBatches, type TrainingData } from "./batches.ts";
import { toLabels } from "./labels.ts";
import type { Loss } from "./losses.ts";

/**
 * Data as batches for a loss: ready ones as they are, examples cut with {@linkcode toBatches}. A single
 * tensor of targets is the loss's first target; where that is int64 labels, one an example or one a place of
 * it, whole numbers of any type and one-hot rows are taken for them.
 *
 * @param action what cannot be done, for the error: "train", "evaluate"
 * @throws TypeError where there are no data, or labels are none; RangeError where nobody says how many
 * batches there are
 */
export function lossBatches(
  action: string,
  data: TrainingData,
  { targets }: Pick<Loss, "targets">,
  options: Omit<BatchOptions, "target">,
): BatchSource {
  requireData(action, data);
  if ("batch" in data) return data;
  const [name, { type, shape } = { type: undefined, shape: undefined }] = Object.entries(targets)[0] ?? [];
  const isLabels = type === "int64" && (typeof shape === "function" || shape?.length === 1);
  const toTarget = isLabels ? toLabels : options.toTarget;
  return toBatches(data, { ...options, target: name ?? "labels", toTarget });
}

/** Refuses what holds neither examples nor batches, such as options in the place of data, and no batches. */
export function requireData(action: string, data: unknown): void {
  const expected = "expected { inputs, targets }, each with a row per example, or batches, behind the model";
  if (typeof data !== "object" || data === null) {
    throw new TypeError(`Cannot ${action} without data: ${expected}`);
  }
  if ("batch" in data) {
    const { stepsPerEpoch } = data as BatchSource;
    return requireNumbers(action, { stepsPerEpoch }, COUNT);
  }
  if ("read" in data || "inputs" in data || "targets" in data) return;
  const found = data instanceof Promise
    ? "a promise, which is to be awaited"
    : Object.keys(data).join(", ") || "{}";
  throw new TypeError(`Cannot ${action} on data of ${found}: ${expected}`);
}
