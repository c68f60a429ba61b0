import { mlp } from "../../lib/nn/mlp.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Examples } from "../../lib/train/batches.ts";

/** Points of two interleaved half circles: no line parts them. */
export function moons(count: number, seed: number): Examples {
  const random = seededRandom(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const points = labels.flatMap((label) => {
    const angle = random.uniform(0, Math.PI);
    const [x, y] = label ? [1 - Math.cos(angle), 0.5 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)];
    return [x + random.normal(0, 0.08), y + random.normal(0, 0.08)];
  });
  return { inputs: float32(points, [count, 2]), targets: int64(labels) };
}

/** A network that can part them. */
export const network = (): Model => mlp({ sizes: [2, 24, 2], seed: 3 });
