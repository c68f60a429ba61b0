import type { Tensor } from "../../deps.ts";
import { takeRows } from "../../train/batches.ts";
import type { Examples } from "../../train/batches.ts";
import type { TourSubject } from "./subject.ts";

/** The first so many examples, of those that there are. */
export function firstExamples(
  { inputs, targets }: Examples,
  count: number,
): { inputs: Tensor; targets: Tensor } {
  const rows = (tensor: Tensor) =>
    takeRows(tensor, Array.from({ length: Math.min(count, tensor.dims[0]!) }, (_, i) => i));
  return { inputs: rows(inputs as Tensor), targets: rows(targets as Tensor) };
}

/** One line that says where numbers come from. */
export function sourceLine(
  { name, data, train }: TourSubject,
  { preset, seed, engine }: { preset: string; seed: number; engine: string },
): string {
  const images = (train.inputs as Tensor).dims[0]!.toLocaleString("en");
  const pixels = !data.exact ? " (pixels not exact)" : data.complete ? "" : " (exact pixels)";
  return `${name}; ${data.name}${pixels}, fine-tuned on ${images} images; ${engine}; preset ${preset}, seed ${seed}`;
}

/** The largest difference between two tensors of one shape. */
export function largestDifference(a: Tensor, b: Tensor): number {
  const [p, q] = [a.data as Float32Array, b.data as Float32Array];
  return p.reduce((worst, value, i) => Math.max(worst, Math.abs(value - q[i]!)), 0);
}

/** The largest absolute value. */
export function largest(tensor: Tensor): number {
  return (tensor.data as Float32Array).reduce((worst, value) => Math.max(worst, Math.abs(value)), 0);
}
