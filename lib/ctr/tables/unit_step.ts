import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { straightThrough } from "../../onnx/straight_through.ts";

/**
 * 1 where u > 0, else 0; its gradient is that of a curve with a long tail: 2 − 4|u| up to |u| = 0.4, 0.4 up
 * to |u| = 1, and 0 beyond.
 *
 * Source: Lyu and others, "OptEmbed", CIKM 2022; the estimator of Liu and others, "Dynamic sparse training",
 * ICLR 2020.
 */
export function unitStep(g: GraphBuilder, u: Value): Value {
  const step = g.cast(g.greater(u, 0), "float32");
  const middle = g.clip(u, -0.4, 0.4);
  const tails = g.clip(u, -1, 1);
  const parabola = g.sub(g.mul(middle, 2), g.mul(g.mul(middle, 2), g.abs(middle)));
  return straightThrough(g, step, g.add(parabola, g.mul(g.sub(tails, middle), 0.4)));
}
