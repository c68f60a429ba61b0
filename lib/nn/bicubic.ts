import { float } from "../onnx/attribute.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** Keys' kernel reaches so many pixels to each side. */
const REACH = 2;

/**
 * Enlarges float32 [N, C, H, W] by a whole factor as `imresize` does, without rounding: Keys' cubic kernel
 * with a = −½ and mirrored edges. H and W may be unknown, and are at least 2.
 *
 * ONNX's `Resize` repeats the edge pixel beyond the edge, so mirrored margins are put around the image
 * before and cut off after.
 */
export function bicubicUpsample(g: GraphBuilder, x: Value, factor: number): Value {
  let padded = x;
  for (const axis of [2, 3]) {
    const rows = (...indices: number[]) => g.gather(padded, g.ints(indices), axis);
    padded = g.concat([rows(1, 0), padded, rows(-1, -2)], axis);
  }
  const enlarged = g.resize(padded, [1, 1, factor, factor], {
    mode: "cubic",
    cubic_coeff_a: float(-0.5),
    coordinate_transformation_mode: "half_pixel",
  });
  const margin = REACH * factor;
  return g.slice(enlarged, [margin, margin], [-margin, -margin], [2, 3]);
}
