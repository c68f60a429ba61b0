import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import type { Random } from "../random.ts";
import { normal, zeros } from "./init.ts";
import { linear } from "./layers.ts";

/** Windows that all blocks of a network share: a map cut into squares. */
export interface WindowGrid {
  /** Side of a window. */
  window: number;
  /** The target of a Reshape to [N, H, W, features]. */
  rows(features: number): Value;
  /** The target of a Reshape to [N, H / window, window, W / window, window, features]. */
  windows(features: number): Value;
  /** The target of a Reshape to [N, H / window, W / window, window, window, features]. */
  windowsFirst(features: number): Value;
  /** The target of a Reshape to [N, windows, heads, window², window²]. */
  scores(heads: number): Value;
  /** Lengths of a map's rows and columns that leave at the top and go in at the bottom, and of the rest. */
  split(axis: 1 | 2): Value;
  /** [windows, 1, window², window²]: −100 between pixels that are no neighbours before the shift, else 0. */
  mask(): Value;
}

/** Pixels that a shift brought together do not see each other: e⁻¹⁰⁰ is next to nothing. */
const APART = -100;

/**
 * The shapes and the mask of attention in windows, computed in the graph from the shape of a map [N, C, H,
 * W], so that H and W may be unknown; `window` divides both.
 */
export function windowGrid(g: GraphBuilder, map: Value, { window }: { window: number }): WindowGrid {
  const dim = (axis: number) => g.node("Shape", [map], { start: axis, end: axis + 1 })[0]!; // [1]
  const [count, height, width] = [dim(0), dim(2), dim(3)];
  const side = g.ints([window]);
  const [down, across] = [g.div(height, side), g.div(width, side)];
  const shape = (...parts: (Value | number)[]) =>
    g.concat(parts.map((part) => typeof part === "number" ? g.ints([part]) : part), 0);
  const area = window ** 2;
  const windows = g.mul(down, across);
  const half = g.ints([window / 2]);
  const splits = [height, width].map((length) => g.concat([half, g.sub(length, half)], 0));
  const shapes = new Map<string, Value>();
  const once = (name: string, make: () => Value) => {
    if (!shapes.has(name)) shapes.set(name, make());
    return shapes.get(name)!;
  };
  return {
    window,
    rows: (features) => once(`rows ${features}`, () => shape(count, height, width, features)),
    windows: (features) =>
      once(`windows ${features}`, () => shape(count, down, window, across, window, features)),
    windowsFirst: (features) =>
      once(`windows first ${features}`, () => shape(count, down, across, window, window, features)),
    scores: (heads) => once(`scores ${heads}`, () => shape(count, windows, heads, area, area)),
    split: (axis) => splits[axis - 1]!,
    mask: () => once("mask", () => shiftMask(g, { window, down, across })),
  };
}

/**
 * After a shift by half a window, only the last row and the last column of windows hold pixels from both ends
 * of the image: there, the two halves are kept apart.
 */
function shiftMask(
  g: GraphBuilder,
  { window, down, across }: { window: number; down: Value; across: Value },
): Value {
  const area = window ** 2;
  /**
   * 1 between pixels of a window of which one lies in the first and one in the second half, by row or column.
   */
  const halves = (place: (pixel: number) => number) =>
    g.constant(float32(
      Array.from({ length: area ** 2 }, (_, i) => {
        const [query, key] = [Math.floor(i / area), i % area].map((pixel) => place(pixel) < window / 2);
        return query === key ? 0 : 1;
      }),
      [area, area],
    ));
  /** 1 for the last of so many windows, else 0, in the shape that broadcasts over the mask. */
  const last = (windows: Value, dims: number[]) => {
    const number = (value: number) => g.constant(int64([value], []));
    const places = g.node("Range", [number(0), g.squeeze(windows, [0]), number(1)])[0]!;
    return g.reshape(g.cast(g.equal(places, g.sub(windows, g.ints([1]))), "float32"), dims);
  };
  const rows = g.mul(last(down, [-1, 1, 1, 1]), halves((pixel) => Math.floor(pixel / window)));
  const columns = g.mul(last(across, [-1, 1, 1]), halves((pixel) => pixel % window));
  return g.reshape(g.mul(g.max(rows, columns), APART), [-1, 1, area, area]);
}

/** Settings of {@linkcode windowAttention}. */
export interface WindowAttentionOptions {
  /** Prefix of the parameters' names. */
  name: string;
  /** Where initial values are drawn from. */
  random: Random;
  /** Channels of a token. */
  features: number;
  /** Divides the features. */
  heads: number;
  /** Pixels that the map is rolled up and left before it is cut into windows: 0 or half a window. */
  shift: number;
  /** The map's windows. */
  grid: WindowGrid;
}

/**
 * Self-attention within windows, with a learned bias by relative position: tokens [N·H·W, features] → the
 * same shape. Z. Liu and others, "Swin Transformer", ICCV 2021, section 3.2.
 */
export function windowAttention(
  g: GraphBuilder,
  tokens: Value,
  { name, random, features, heads, shift, grid }: WindowAttentionOptions,
): Value {
  const area = grid.window ** 2;
  const size = features / heads;
  const layer = (x: Value, which: string, out: number) =>
    linear(g, x, {
      name: `${name}.${which}`,
      random,
      in: features,
      out,
      init: normal(0.02),
      biasInit: zeros,
    });

  let map = g.reshape(tokens, grid.rows(features)); // [N, H, W, C]
  if (shift > 0) map = roll(g, map, grid, false);
  const cut = g.transpose(g.reshape(map, grid.windows(features)), [0, 1, 3, 2, 4, 5]);
  const packed = layer(g.reshape(cut, [-1, features]), "qkv", 3 * features); // [N·windows·area, 3C]
  const [q, k, v] = g.split(packed, [features, features, features], 1)
    .map((part) => g.reshape(part, [-1, area, heads, size])) as [Value, Value, Value];

  const queries = g.mul(g.transpose(q, [0, 2, 1, 3]), size ** -0.5);
  let scores = g.matMul(queries, g.transpose(k, [0, 2, 3, 1])); // [N·windows, heads, area, area]
  scores = g.add(scores, relativePositionBias(g, { name, random, heads, window: grid.window }));
  if (shift > 0) {
    const byWindow = g.add(g.reshape(scores, grid.scores(heads)), grid.mask());
    scores = g.reshape(byWindow, [-1, heads, area, area]);
  }
  const mixed = g.matMul(g.softmax(scores), g.transpose(v, [0, 2, 1, 3])); // [N·windows, heads, area, size]
  const merged = g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [-1, features]);
  const y = layer(merged, "proj", features);

  const whole = g.transpose(g.reshape(y, grid.windowsFirst(features)), [0, 1, 3, 2, 4, 5]);
  let back = g.reshape(whole, grid.rows(features));
  if (shift > 0) back = roll(g, back, grid, true);
  return g.reshape(back, [-1, features]);
}

/** [N, H, W, C] moved up and left by half a window, what leaves coming in at the other end; or back again. */
function roll(g: GraphBuilder, map: Value, grid: WindowGrid, back: boolean): Value {
  let rolled = map;
  for (const axis of [1, 2] as const) {
    const [half, rest] = [g.ints([grid.window / 2]), grid.split(axis)];
    const sizes = back ? g.concat([g.sub(g.reduceSum(rest), half), half], 0) : rest;
    const [start, end] = g.node("Split", [rolled, sizes], { axis }, { outputs: 2 });
    rolled = g.concat([end!, start!], axis);
  }
  return rolled;
}

/**
 * One learned number per head and difference of places: [heads, window², window²] from a table
 * [(2·window − 1)², heads].
 */
function relativePositionBias(
  g: GraphBuilder,
  { name, random, heads, window }: { name: string; random: Random; heads: number; window: number },
): Value {
  const area = window ** 2;
  const span = 2 * window - 1;
  const key = `${name}.relative_position_bias_table`;
  const table = g.parameter(key, normal(0.02)([span ** 2, heads], random.split(key)));
  const index = Array.from({ length: area ** 2 }, (_, i) => {
    const [query, other] = [Math.floor(i / area), i % area];
    const rows = Math.floor(query / window) - Math.floor(other / window);
    const columns = query % window - other % window;
    return (rows + window - 1) * span + columns + window - 1;
  });
  const rows = g.gather(table, indexOf(g, index));
  return g.transpose(g.reshape(rows, [area, area, heads]), [2, 0, 1]);
}

/** The index is the same in all blocks, and stored once. */
function indexOf(g: GraphBuilder, index: number[]): Value {
  const name = "relative_position_index";
  return g.has(name) ? name : g.parameter(name, int64(index));
}
