import type { GraphBuilder, Value } from "../builder.ts";

/**
 * `x` itself, but not before `after` is there, a float: plus a zero, or or a false, which comes of asking
 * whether its first number is less than itself. No engine sees through that.
 */
export function delayed(g: GraphBuilder, x: Value, after: Value): Value {
  const first = g.slice(g.reshape(after, [-1]), [0], [1], [0]);
  const never = g.less(first, first);
  const type = g.info(x).type ?? "float32";
  if (type === "bool") return g.or(x, g.reshape(never, []));
  return g.add(x, g.reduceSum(g.cast(never, type), [0], { keepdims: false }));
}
