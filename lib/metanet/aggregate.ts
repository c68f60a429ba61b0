import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { float32, int64 } from "../tensor/tensor.ts";

/** Messages along the edges of one block, without the factor of the node that they go to. */
export interface Messages {
  /** [to, from, hidden], or [nodes, hidden] where each node has one edge. */
  values: Value;
  /** The axis along which messages to one node lie; none where there is one. */
  over: 0 | 1 | undefined;
  /** Messages per node that is sent any. */
  count: number;
  /**
   * For each node of the layer its place among those sent to, −1 for those that are not; absent: all, in
   * order.
   */
  places?: readonly number[];
}

/** Variances up to this count as none: the official code clamps there, so that the root has a slope. */
const LEAST_VARIANCE = 1e-5;

/** Larger than any message. */
const HUGE = 1e30;

/**
 * Mean, standard deviation, largest and smallest of what each node of a layer is sent, side by side: [nodes,
 * 4·hidden]. Zeros for a node that is sent nothing.
 *
 * Each message carries a factor of the node it goes to. That is the same for all of them, so it is applied to
 * the sums: max(a·m) over m is max(a·max m, a·min m), whatever the sign of a.
 *
 * Source: Corso et al., "Principal Neighbourhood Aggregation for Graph Nets", 2020, without its degree
 * scalers.
 *
 * @param factor [nodes, hidden]
 */
export function aggregate(
  g: GraphBuilder,
  messages: readonly Messages[],
  factor: Value,
  [nodes, hidden]: [number, number],
): Value {
  const counts = new Float32Array(nodes);
  for (const { count, places } of messages) {
    for (let node = 0; node < nodes; node++) if (!places || places[node]! >= 0) counts[node]! += count;
  }
  if (counts.every((count) => count === 0)) {
    return g.constant(float32(new Float32Array(nodes * 4 * hidden), [nodes, 4 * hidden]));
  }
  const total = (
    reduced: "reduceSum" | "reduceSumSquare" | "reduceMax" | "reduceMin",
    join: (a: Value, b: Value) => Value,
    neutral: number,
  ) =>
    messages.map(({ values, over, places }) => {
      const own = over !== undefined
        ? g[reduced](values, [over], { keepdims: false })
        : reduced === "reduceSumSquare"
        ? g.mul(values, values)
        : values;
      return places ? spread(g, own, places, { hidden, neutral }) : own;
    }).reduce((a, b) => join(a, b));
  const share = g.constant(float32(counts.map((count) => 1 / Math.max(1, count)), [nodes, 1]));
  const plainMean = g.mul(total("reduceSum", g.add, 0), share);
  const plainVariance = g.sub(g.mul(total("reduceSumSquare", g.add, 0), share), g.mul(plainMean, plainMean));
  const variance = g.mul(plainVariance, g.mul(factor, factor));
  const deviation = g.where(
    g.greater(variance, LEAST_VARIANCE),
    g.sqrt(g.max(variance, LEAST_VARIANCE)),
    0,
  );
  const [high, low] = [total("reduceMax", g.max, -HUGE), total("reduceMin", g.min, HUGE)]
    .map((extreme) => g.mul(factor, silenced(g, extreme, counts))) as [Value, Value];
  return g.concat([g.mul(plainMean, factor), deviation, g.max(high, low), g.min(high, low)], 1);
}

/** Columns of a view as rows for all nodes of the layer; `neutral` for those that are not in it. */
function spread(
  g: GraphBuilder,
  own: Value,
  places: readonly number[],
  { hidden, neutral }: { hidden: number; neutral: number },
): Value {
  const length = Number(g.shape(own)[0]);
  const rows = places.map((place) => place < 0 ? length : place);
  const padded = rows.includes(length)
    ? g.concat([own, g.constant(float32(new Float32Array(hidden).fill(neutral), [1, hidden]))], 0)
    : own;
  return g.gather(padded, g.constant(int64(rows)));
}

/** Zeros in the rows of nodes that are sent nothing. */
function silenced(g: GraphBuilder, x: Value, counts: Float32Array): Value {
  if (counts.every((count) => count > 0)) return x;
  const any = float32(counts.map((count) => Math.min(1, count)), [counts.length, 1]);
  return g.where(g.greater(g.constant(any), 0), x, 0);
}
