import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { int64 } from "../tensor/tensor.ts";

/**
 * Images [N, C, H, W] continued on the right and below, as in a mirror that stands on the last pixel, up to
 * sides that `multiple` divides. H and W may be unknown, and smaller than the margin: then the mirror image
 * is mirrored again.
 */
export function mirrorToMultiple(g: GraphBuilder, x: Value, multiple: number): Value {
  const number = (value: number) => g.constant(int64([value], []));
  let y = x;
  for (const axis of [2, 3]) {
    const length = g.squeeze(g.node("Shape", [x], { start: axis, end: axis + 1 })[0]!, [0]);
    const whole = g.mul(g.div(g.add(length, number(multiple - 1)), number(multiple)), number(multiple));
    const places = g.node("Range", [number(0), whole, number(1)])[0]!;
    // There and back again is 2·(length − 1) steps; a single pixel is its own mirror image.
    const there = g.sub(length, number(1));
    const round = g.max(g.mul(there, number(2)), number(1));
    const along = g.mod(places, round);
    y = g.gather(y, g.min(along, g.sub(g.mul(there, number(2)), along)), axis);
  }
  return y;
}
