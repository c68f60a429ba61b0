import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { stringAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import { first, type GradientCall, type GradientRule, ZERO } from "./call.ts";
import { dimValue, positionsAlong, reshapeLike, scatterAlong } from "./shape.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** Which elements a slice takes from an axis of known length: `count` of them from `start` on. */
interface Taken {
  axis: number;
  dim: number;
  start: number;
  step: number;
  count: number;
}

/** Ranges that the slice takes, where all is known. */
function takenBy({ g, x, y }: GradientCall): Taken[] | undefined {
  const [starts, , axes, steps] = x.slice(1).map((value) => value ? g.contents(value) : undefined);
  const [from, to] = [g.shape(x[0]!), g.shape(y[0]!)];
  if (starts === undefined || (x[3] && !axes) || (x[4] && !steps)) return undefined;
  const taken: Taken[] = [];
  for (const [i, given] of starts.entries()) {
    const axis = normalAxis(Number(axes?.[i] ?? i), from.length);
    const [dim, count, step] = [from[axis], to[axis], Number(steps?.[i] ?? 1)];
    if (typeof given !== "number" || typeof dim !== "number" || typeof count !== "number") return undefined;
    const last = step > 0 ? dim : dim - 1;
    const start = Math.min(Math.max(given < 0 ? given + dim : given, 0), last);
    taken.push({ axis, dim, start, step, count });
  }
  return taken;
}

/** Each element of an axis followed by `step − 1` zeros, by way of an axis of its own. */
function withGaps(g: GraphBuilder, value: Value, axis: number, step: number): Value {
  const shape = g.shape(value);
  const apart = g.unsqueeze(value, [axis + 1]);
  const ends = shape.map(() => 0).toSpliced(axis + 1, 0, step - 1);
  const padded = padZeros(g, apart, [...ends.map(() => 0), ...ends]);
  // At most one open dimension remains beside the one that is merged, which is known.
  const merged = shape.map((dim, i) => i === axis ? Number(dim) * step : i > axis ? dim : 0);
  const open = merged.filter((dim) => typeof dim === "string").length;
  if (open <= 1) return g.reshape(padded, merged.map((dim) => typeof dim === "string" ? -1 : dim));
  const dims = shape.map((dim, i) => i === axis ? g.ints([Number(dim) * step]) : dimValue(g, value, i));
  return g.reshape(padded, g.concat(dims, 0));
}

function padZeros(g: GraphBuilder, value: Value, pads: readonly number[]): Value {
  return pads.every((pad) => pad === 0) ? value : g.pad(value, pads);
}

/** Puts what was taken back among zeros: turned round, spread, cut to the last element, padded. */
function putBack(g: GraphBuilder, dy: Value, taken: readonly Taken[]): Value {
  let value = dy;
  const rank = g.shape(dy).length;
  const pads = new Array<number>(2 * rank).fill(0);
  for (const { axis, dim, start, step, count } of taken) {
    const stride = Math.abs(step);
    const low = step > 0 ? start : start - (count - 1) * stride;
    if (step < 0) value = g.slice(value, [-1], [-(2n ** 62n)], [axis], [-1]);
    if (stride > 1) {
      value = withGaps(g, value, axis, stride);
      value = g.slice(value, [0], [(count - 1) * stride + 1], [axis]);
    }
    pads[axis] = low;
    pads[rank + axis] = dim - low - (count - 1) * stride - 1;
  }
  return padZeros(g, value, pads);
}

/**
 * With bounds or lengths known only at run time: the same slice of [0, 1, …] says where each element goes.
 */
function putBackByPosition({ g, x }: GradientCall, dy: Value): Value {
  const [source, starts, ends, axes, steps] = x;
  const count = g.contents(starts!)?.length ?? g.contents(ends!)?.length ?? Number(g.shape(starts!)[0]);
  const listed = axes ? g.contents(axes) : Array.from({ length: count }, (_, i) => i);
  const rank = g.shape(source!).length;
  let value = dy;
  listed?.forEach((given, i) => {
    const axis = normalAxis(Number(given), rank);
    const pick = (list: Value) => g.slice(list, [i], [i + 1], [0]);
    const positions = g.node("Slice", [
      positionsAlong(g, source!, axis),
      pick(starts!),
      pick(ends!),
      g.ints([0]),
      steps ? pick(steps) : undefined,
    ])[0]!;
    value = scatterAlong(g, value, positions, { axis, x: source!, unique: true });
  });
  return value;
}

export const sliceRule: GradientRule = first((call, dy) => {
  const taken = takenBy(call);
  if (taken?.some(({ count }) => count === 0)) return ZERO;
  return taken ? putBack(call.g, dy, taken) : putBackByPosition(call, dy);
});

/** The pads of all axes, begins before ends, where known. */
function padsOf({ g, x }: GradientCall, rank: number): number[] | undefined {
  const pads = g.contents(x[1]!);
  const axes = x[3] ? g.contents(x[3]) : Array.from({ length: rank }, (_, i) => i);
  if (!pads?.every((pad) => typeof pad === "number") || axes === undefined) return undefined;
  const all = new Array<number>(2 * rank).fill(0);
  axes.forEach((given, i) => {
    const axis = normalAxis(Number(given), rank);
    all[axis] = pads[i] as number;
    all[rank + axis] = pads[axes.length + i] as number;
  });
  return all;
}

/** The gradient inside the padding; a negative pad cut something off, where the gradient is zero. */
function unpad(call: GradientCall, dy: Value): Value {
  const { g, x } = call;
  const shape = g.shape(x[0]!);
  const pads = padsOf(call, shape.length);
  if (!pads?.every((pad) => pad >= 0)) {
    return g.node("Pad", [dy, g.neg(x[1]!), undefined, x[3]], { mode: "constant" })[0]!;
  }
  const axes = shape.map((_, i) => i).filter((i) => pads[i] || pads[shape.length + i]);
  const ends = axes.map((i) => -pads[shape.length + i]! || 2n ** 62n);
  return axes.length ? g.slice(dy, axes.map((i) => pads[i]!), ends, axes) : dy;
}

/** Reflect, edge and wrap repeat elements: padding [0, 1, …] alike says which, one axis after the other. */
function unpadRepeated(call: GradientCall, dy: Value, mode: string): Value {
  const { g, x: [x] } = call;
  const rank = g.shape(x!).length;
  const pads = padsOf(call, rank);
  if (pads === undefined) {
    throw new TypeError(
      `Cannot differentiate Pad (output ${quoted(call.y[0])}): in mode ${
        quoted(mode)
      } its pads must be constants`,
    );
  }
  let value = dy;
  for (let axis = 0; axis < rank; axis++) {
    const ends = [pads[axis]!, pads[rank + axis]!];
    if (ends.every((pad) => pad === 0)) continue;
    const positions = g.pad(positionsAlong(g, x!, axis), ends, undefined, mode);
    value = scatterAlong(g, value, positions, { axis, x: x!, unique: false });
  }
  return value;
}

export const padRule: GradientRule = (call) => {
  const { g, node, x, dy: [dy], needs } = call;
  if (dy === undefined) return [];
  const mode = stringAttribute(node, "mode", "constant");
  if (mode !== "constant") return needs(0) ? [unpadRepeated(call, dy, mode)] : [];
  const inside = unpad(call, dy);
  if (!needs(2)) return [inside];
  const axes = g.shape(dy).map((_, i) => i);
  const total = (value: Value) => g.reduceSum(value, axes, { keepdims: false });
  return [inside, undefined, reshapeLike(g, g.sub(total(dy), total(inside)), x[2]!)];
};
