import { intAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import type { GradientCall, GradientRule, GradientRules } from "./call.ts";
import { depthwiseFilterGradient } from "./depthwise.ts";
import { spans, spread, type Window, windowOf } from "./window.ts";

/** Settings of the functions below. */
interface Convolution {
  window: Window;
  group: number;
}

/**
 * d loss / d x of y = conv(x, w): a convolution with the flipped kernel at stride 1, else the transposed one.
 */
function inputGradient(
  g: GraphBuilder,
  dy: Value,
  w: Value,
  { x, window, group }: Convolution & { x: Value },
): Value {
  const { strides, dilations, begin, end } = window;
  const span = spans(window);
  const [before, behind] = [begin, end].map((pads) => span.map((size, i) => size - 1 - pads[i]!));
  const flips = strides.every((stride) => stride === 1) && [...before!, ...behind!].every((pad) => pad >= 0);
  return flips
    ? g.conv(dy, flipped(g, w, group), undefined, { pads: [...before!, ...behind!], dilations, group })
    : spread(g, dy, w, { window, x, group });
}

/** [O, C/g, …] → [C, O/g, …] with all spatial axes reversed. */
function flipped(g: GraphBuilder, w: Value, group: number): Value {
  const [outs, ins, ...kernel] = g.shape(w).map(Number) as [number, number, ...number[]];
  const axes = kernel.map((_, i) => i + 2).filter((axis) => kernel[axis - 2] !== 1);
  const all = (value: number) => axes.map(() => value);
  const reversed = axes.length ? g.slice(w, all(-1), all(-Number.MAX_SAFE_INTEGER), axes, all(-1)) : w;
  const spatial = kernel.map((_, i) => i + 2);
  if (group === 1) return g.transpose(reversed, [1, 0, ...spatial]);
  const grouped = g.reshape(reversed, [group, outs / group, ins, ...kernel]);
  const swapped = g.transpose(grouped, [0, 2, 1, ...spatial.map((axis) => axis + 1)]);
  return g.reshape(swapped, [group * ins, outs / group, ...kernel]);
}

/**
 * d loss / d w of y = conv(x, w), [O, C/g, …].
 *
 * A convolution again, of x with dy as the kernel: examples take the place of channels, strides and dilations
 * change places.
 */
function filterGradient(
  g: GraphBuilder,
  dy: Value,
  x: Value,
  { w, window, group }: Convolution & { w: Value },
): Value {
  const { kernel, strides, dilations, begin, end } = window;
  if (
    group === 1 && kernel.every((size) => size === 1) &&
    [...begin, ...end, ...strides].every((n, i) => n === (i < 2 * kernel.length ? 0 : 1))
  ) {
    return pointwise(g, dy, x, w);
  }
  const [outs, ins] = g.shape(w).map(Number) as [number, number];
  const alone = group > 1 && ins === 1 && outs === group
    ? depthwiseFilterGradient(g, dy, x, { w, window })
    : undefined;
  if (alone !== undefined) return alone;
  const spatial = kernel.map((_, i) => i + 2);
  const swap = [1, 0, ...spatial];
  let examples = g.transpose(x, swap); // [g·C/g, N, …]
  if (group > 1) {
    const sizes = g.node("Shape", [examples], { start: 1 })[0]!;
    const grouped = g.reshape(examples, g.concat([g.ints([group, ins]), sizes], 0));
    const inFront = g.transpose(grouped, [1, 0, 2, ...spatial.map((axis) => axis + 1)]); // [C/g, g, N, …]
    const rest = g.node("Shape", [x], { start: 2 })[0]!;
    examples = g.reshape(inFront, g.concat([g.ints([ins, -1]), rest], 0)); // [C/g, g·N, …]
  }
  const taps = g.conv(examples, g.transpose(dy, swap), undefined, {
    strides: dilations,
    dilations: strides,
    pads: [...begin, ...end],
    group,
  }); // [C/g, O, kernel, and more where windows left elements over]
  const axes = spatial;
  const exact = spatial.every((axis) => g.shape(taps)[axis] === kernel[axis - 2]);
  const cut = exact ? taps : g.slice(taps, kernel.map(() => 0), kernel, axes);
  const dw = g.transpose(cut, swap);
  g.declare(dw, { type: g.info(w).type, shape: [outs, ins, ...kernel] });
  return dw;
}

/**
 * The filter gradient of a 1×1 convolution: Σ over examples of dy·xᵀ. As one product over all examples where
 * bringing their pixels together moves fewer numbers than a product for each example makes.
 */
function pointwise(g: GraphBuilder, dy: Value, x: Value, w: Value): Value {
  const [outs, ins] = g.shape(w).map(Number) as [number, number];
  const pixels = g.shape(x).slice(2).reduce<number>((product, size) => product * Number(size), 1);
  if (pixels * (outs + ins) < outs * ins) {
    const together = (value: Value, channels: number) =>
      g.reshape(g.transpose(value, [1, 0, ...g.shape(x).slice(2).map((_, i) => i + 2)]), [channels, -1]);
    const product = g.matMul(together(dy, outs), g.transpose(together(x, ins), [1, 0]));
    return g.reshape(product, g.shape(w).map(Number));
  }
  const flat = (value: Value) => g.reshape(value, [0, 0, -1]);
  const products = g.matMul(flat(dy), g.transpose(flat(x), [0, 2, 1])); // [N, O, C]
  const sum = g.reduceSum(products, [0], { keepdims: false });
  return g.reshape(sum, g.shape(w).map(Number));
}

/** Σ over everything but the channels. */
function biasGradient(g: GraphBuilder, dy: Value): Value {
  const axes = g.shape(dy).map((_, axis) => axis).filter((axis) => axis !== 1);
  return g.reduceSum(dy, axes, { keepdims: false });
}

const conv: GradientRule = ({ g, node, x: [x, w], y: [y], dy: [dy], needs }: GradientCall) => {
  if (dy === undefined) return [];
  const window = windowOf(g, node, { input: x!, output: y!, kernel: g.shape(w!).slice(2) });
  const group = intAttribute(node, "group", 1);
  return [
    needs(0) ? inputGradient(g, dy, w!, { x: x!, window, group }) : undefined,
    needs(1) ? filterGradient(g, dy, x!, { w: w!, window, group }) : undefined,
    needs(2) ? biasGradient(g, dy) : undefined,
  ];
};

/** The gradient of Conv with x and dy in each other's place. */
const convTranspose: GradientRule = ({ g, node, x: [x, w], y: [y], dy: [dy], needs }: GradientCall) => {
  if (dy === undefined) return [];
  const window = windowOf(g, node, { input: y!, output: x!, kernel: g.shape(w!).slice(2) });
  const group = intAttribute(node, "group", 1);
  const { strides, dilations, begin, end } = window;
  const dx = () => {
    const all = g.conv(dy, w!, undefined, { strides, dilations, pads: [...begin, ...end], group });
    const [from, to] = [g.shape(all).slice(2), g.shape(x!).slice(2)];
    // An output padding of a stride or more lets the window take places that x does not have.
    if (!to.some((dim, i) => typeof dim === "number" && typeof from[i] === "number" && from[i] > dim)) {
      return all;
    }
    return g.slice(all, to.map(() => 0), to.map(Number), to.map((_, i) => i + 2));
  };
  return [
    needs(0) ? dx() : undefined,
    needs(1) ? filterGradient(g, x!, dy, { w: w!, window, group }) : undefined,
    needs(2) ? biasGradient(g, dy) : undefined,
  ];
};

export const convolutions: GradientRules = { Conv: conv, ConvTranspose: convTranspose };
