import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { int64 } from "../tensor/tensor.ts";

/** 2³¹ − 1, a prime: squares of residues still fit in int64. */
const PRIME = 2 ** 31 - 1;

/** Between the first states of two neighbours. */
const STEP = 0x9e3779b1 % PRIME;

/** Odd constants without meaning that keep the rounds apart. */
const ROUNDS = [668_265_263, 374_761_393, 1_274_126_177];

/**
 * Zeros each number with probability `ratio` and divides the others by 1 − ratio: Srivastava et al.,
 * "Dropout", 2014, scaled while training.
 *
 * ONNX's own operator draws from a generator inside the session, whose state nothing can read: a run could
 * not be resumed. Here the mask is a function of `seed` and position alone: position·step + seed goes through
 * rounds of (x² + constant·x + seed) modulo a prime in int64, and all engines give the same one.
 *
 * @param seed int64 scalar, fed anew for each step, 0 to 2³¹ − 2
 * @param ratio from 0 to 1, with which nothing is left
 * @param layer number of this dropout in the network, so that two of the same size differ
 * @returns what is left of x, and a function that adds booleans to the graph, true where a number was kept
 */
export function dropout(
  g: GraphBuilder,
  x: Value,
  ratio: number,
  { seed, layer }: { seed: Value; layer: number },
): { y: Value; kept: () => Value } {
  if (ratio === 0) return { y: x, kept: () => g.equal(x, x) };
  const whole = (value: number) => g.constant(int64([value], []));
  const shape = g.shapeOf(x);
  const count = g.reduceProd(shape, undefined, { keepdims: false });
  const prime = whole(PRIME);
  const key = g.mod(g.add(seed, whole(1 + layer * 40_503)), prime);
  // From the key on, and not from 0: positions alone an engine would compute when it loads the graph, and
  // keep.
  const end = g.sub(g.mul(count, whole(STEP)), whole(STEP >> 1));
  const [keyed] = g.node("Range", [key, g.add(key, end), whole(STEP)]);
  let state = g.mod(g.reshape(keyed!, shape), prime);
  for (const round of ROUNDS) {
    state = g.mod(g.add(g.mul(state, g.add(state, whole(round))), key), prime);
  }
  const stays = g.greaterOrEqual(state, whole(Math.round(ratio * PRIME)));
  const keep = g.cast(stays, g.info(x).type ?? "float32");
  return { y: g.mul(x, g.mul(keep, ratio < 1 ? 1 / (1 - ratio) : 0)), kept: () => stays };
}
