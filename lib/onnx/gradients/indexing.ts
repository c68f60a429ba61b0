import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { describe, intAttribute, stringAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import { isStatic, shapeSize } from "../dim.ts";
import { constantOf, first, type GradientCall, type GradientRule, type GradientRules, ZERO } from "./call.ts";
import { delayed } from "./delayed.ts";
import { axisFrom } from "./layout.ts";
import { dimValue, reshapeLike, scatterAlong, shapeValue, zerosLike } from "./shape.ts";

/**
 * Gradient of taking constant, distinct elements: every element of x looks up the one it became, or a zero
 * put behind them. Gathering runs on every engine, adding at indices does not.
 */
function ungather(
  { g }: GradientCall,
  dy: Value,
  { indices, axis, dim }: { indices: readonly number[]; axis: number; dim: number },
): Value {
  const rank = g.shape(dy).length;
  const source = Array.from({ length: dim }, (_, i) => indices.indexOf(i));
  if (!source.includes(-1)) return g.gather(dy, g.ints(source), axis);
  const pads = new Array<number>(2 * rank).fill(0).with(rank + axis, 1);
  return g.gather(g.pad(dy, pads), g.ints(source.map((i) => i < 0 ? indices.length : i)), axis);
}

/** Tables of more numbers are large. */
const LARGE = 2 ** 16;

/**
 * Zeros in the shape of a table, which wait for the gradient where the table is large: zeros of constants an
 * engine keeps ready, and copies them each time.
 */
function zerosForTable(g: GraphBuilder, table: Value, dy: Value): Value {
  const size = shapeSize(g.shape(table));
  if (typeof size === "number" && size <= LARGE) return zerosLike(g, table);
  return g.expand(delayed(g, constantOf(g, g.info(table).type, 0), dy), shapeValue(g, table));
}

const gather = first((call, dy, x) => {
  const { g, x: [, indices] } = call;
  const shape = g.shape(x);
  const axis = axisFrom(call, 0, shape.length);
  const taken = g.shape(indices!);
  const dim = shape[axis]!;
  const known = g.contents(indices!);
  // One axis of indices, whatever their own shape was.
  const alongOne = (): Value => {
    if (taken.length === 1) return dy;
    if (taken.length === 0) return g.unsqueeze(dy, [axis]);
    const dims = shape.map((dim, i) => i === axis ? -1 : dim);
    if (isStatic(dims)) return g.reshape(dy, dims);
    return g.reshape(dy, g.concat(shape.map((_, i) => i === axis ? g.ints([-1]) : dimValue(g, x, i)), 0));
  };
  if (known && isStatic(known) && typeof dim === "number") {
    const counted = known.map((index) => index < 0 ? index + dim : index);
    if (new Set(counted).size === counted.length) {
      return ungather(call, alongOne(), { indices: counted, axis, dim });
    }
  }
  if (axis === 0) {
    // Gather takes int32, ScatterND does not.
    const wide = g.info(indices!).type === "int64" ? indices! : g.cast(indices!, "int64");
    return g.scatterND(zerosForTable(g, x, dy), g.unsqueeze(wide, [-1]), dy, "add");
  }
  const flat = taken.length === 1 ? indices! : g.reshape(indices!, [-1]);
  return scatterAlong(g, alongOne(), flat, { axis, x, unique: false });
});

const gatherElements = first((call, dy, x) => {
  const axis = axisFrom(call, 0, call.g.shape(x).length);
  return call.g.scatterElements(zerosLike(call.g, x), call.x[1]!, dy, axis, "add");
});

const gatherND = first(({ g, node, x: [, indices] }, dy, x) => {
  if (intAttribute(node, "batch_dims", 0) !== 0) {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: expected batch_dims 0; ` +
        `put the batch numbers into the indices, or use GatherElements`,
    );
  }
  return g.scatterND(zerosLike(g, x), indices!, dy, "add");
});

/**
 * Gradient of writing updates over data, or adding them: `put` and `take` are the operator and its opposite.
 */
function scatter(
  put: (call: GradientCall, data: Value, updates: Value) => Value,
  take: (call: GradientCall, dy: Value) => Value,
): GradientRule {
  return (call) => {
    const { g, node, x, dy: [dy], needs } = call;
    if (dy === undefined) return [];
    const reduction = stringAttribute(node, "reduction", "none");
    if (reduction !== "none" && reduction !== "add") {
      throw new TypeError(
        `Cannot differentiate ${describe(node)}: expected reduction "none" or "add", not ${
          quoted(reduction)
        }`,
      );
    }
    const data = () => reduction === "add" ? dy : put(call, dy, zerosLike(g, x[2]!));
    return [needs(0) ? data() : undefined, undefined, needs(2) ? take(call, dy) : undefined];
  };
}

const scatterAxis = (call: GradientCall) => axisFrom(call, 0, call.g.shape(call.x[0]!).length);

/** Gradients of the on and off values: the sum over all copies. */
const oneHot: GradientRule = ({ g, node, x: [indices, depth, values], dy: [dy], needs, constant }) => {
  if (dy === undefined || !needs(2)) return [ZERO];
  const offAndOn = g.concat([g.reshape(constant(0), [1]), g.reshape(constant(1), [1])], 0);
  const axis = intAttribute(node, "axis", -1);
  const hot = g.node("OneHot", [indices, depth, offAndOn], { axis })[0]!;
  const total = (value: Value) => g.reshape(g.reduceSum(value), [1]);
  const on = total(g.mul(dy, hot));
  return [ZERO, undefined, reshapeLike(g, g.concat([g.sub(total(dy), on), on], 0), values!)];
};

export const indexing: GradientRules = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatter(
    (call, data, updates) => call.g.scatterElements(data, call.x[1]!, updates, scatterAxis(call)),
    (call, dy) => call.g.gatherElements(dy, call.x[1]!, scatterAxis(call)),
  ),
  ScatterND: scatter(
    ({ g, x }, data, updates) => g.scatterND(data, x[1]!, updates),
    ({ g, x }, dy) => g.gatherND(dy, x[1]!),
  ),
  OneHot: oneHot,
  TopK: first((call, dy, x) => {
    const axis = axisFrom(call, -1, call.g.shape(x).length);
    return call.g.scatterElements(zerosLike(call.g, x), call.y[1]!, dy, axis);
  }),
};
