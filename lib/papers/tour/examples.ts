import type { Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { type ImageData, subset, toExamples } from "../../data/image_set.ts";
import type { TourSubject } from "./subject.ts";

/** The first so many test images, of those that there are, as a network sees them. */
export function testExamples({ test }: ImageData, count: number): { inputs: Tensor; targets: Tensor } {
  const { inputs, targets } = toExamples(subset(test, Math.min(count, test.images.dims[0]!)));
  return { inputs: inputs as Tensor, targets: targets as Tensor };
}

/** One line that says where numbers come from. */
export function sourceLine(
  { name, data }: TourSubject,
  { preset, seed, engine, images }: { preset: string; seed: number; engine: string; images: number },
): string {
  const pixels = !data.exact ? " (pixels not exact)" : data.complete ? "" : " (exact pixels)";
  const count = images.toLocaleString("en");
  return `${name}; ${data.name}${pixels}, fine-tuned on ${count} images; ${engine}; preset ${preset}, seed ${seed}`;
}

/** The largest difference between two tensors of one shape. */
export function largestDifference(a: Tensor, b: Tensor): number {
  const [p, q] = [floats(a), floats(b)];
  return p.reduce((worst, value, i) => Math.max(worst, Math.abs(value - q[i]!)), 0);
}

/** The largest absolute value. */
export function largest(tensor: Tensor): number {
  return floats(tensor).reduce((worst, value) => Math.max(worst, Math.abs(value)), 0);
}
