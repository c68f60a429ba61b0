import { type OperatorTable, rowOf } from "../onnx/operators/table.ts";
import { floatAttribute, intAttribute, stringAttribute } from "../onnx/attribute.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { isStatic } from "../onnx/dim.ts";
import { spans, type Window, windowOf } from "../onnx/gradients/window.ts";
import { readEinsum } from "../onnx/shapes/einsum.ts";
import { rebuild } from "../onnx/passes/rebuild.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { float32, isTensor, normalAxis, numbersOf, scalar, sizeOf } from "../tensor/tensor.ts";

interface Row {
  /** Whether ONNX Runtime's WebGPU kernel of this node fails, or computes wrongly. */
  applies(node: Node, graph: Graph): boolean;
  /**
   * The node's outputs computed otherwise, in order; `undefined` where that takes shapes that are unknown.
   */
  build(g: GraphBuilder, node: Node): Value[] | undefined;
}

/** Tensors beside one other that a shader reaches on every device: WebGPU promises eight. */
const MOST_TENSORS = 7;

/** Replacements for what ONNX Runtime 1.30 lacks on WebGPU or computes wrongly there, by operator. */
const ROWS: OperatorTable<Row> = {
  MaxPool: {
    applies: (node) => Boolean(node.outputs[1]) || intAttribute(node, "ceil_mode", 0) === 1,
    build: maxPool,
  },
  Slice: { applies: goesBackwards, build: cutThenReverse },
  ConvTranspose: { applies: (node) => intAttribute(node, "group", 1) > 1, build: sumOfDepthwise },
  BatchNormalization: {
    applies: (node) => intAttribute(node, "training_mode", 0) === 1,
    build: batchNormOfTheBatch,
  },
  Einsum: {
    applies: (node) => stringAttribute(node, "equation", "").includes("..."),
    build: einsumOfLetters,
  },
  Pow: { applies: hasManyExponents, build: powOfEqualRows },
  Concat: { applies: ({ inputs }) => inputs.length > MOST_TENSORS, build: concatOfConcats },
  Dropout: { applies: passesToOutput, build: (g, { inputs }) => [g.identity(inputs[0]!)] },
  Split: { applies: ({ outputs }) => outputs.length > MOST_TENSORS, build: splitOfSplits },
};

/**
 * The model without operators that fail on WebGPU or are wrong there, as far as Espalier knows another way.
 */
export function avoidWebgpuFaults(model: Model): Model {
  const rowFor = (node: Node, graph: Graph): Row | undefined => {
    const row = rowOf(ROWS, node);
    return row?.applies(node, graph) ? row : undefined;
  };
  const clean = removeDeadCode(model);
  if (!clean.graph.nodes.some((node) => rowFor(node, clean.graph))) return model;
  return rebuild(clean, (g, node, graph) => rowFor(node, graph)?.build(g, node));
}

/** Outside training it is taken out on loading, but not before an output, and then no kernel is found. */
function passesToOutput({ inputs: [, , training], outputs: [y, mask] }: Node, graph: Graph): boolean {
  const flag = graph.initializers.get(training ?? "");
  const isOff = !training || flag !== undefined && isTensor(flag) && !flag.data[0];
  return isOff && !mask && graph.outputs.includes(y!);
}

function hasManyExponents({ inputs }: Node, { initializers }: Graph): boolean {
  const exponent = initializers.get(inputs[1] ?? "");
  return exponent === undefined || !isTensor(exponent) || sizeOf(exponent.dims) !== 1;
}

/** The shader for one number of each row beside whole rows is invalid: here, that number is repeated. */
function powOfEqualRows(g: GraphBuilder, node: Node): Value[] | undefined {
  const [x, exponent] = node.inputs as [Value, Value];
  const [own, other] = [g.shape(x), g.shape(exponent)];
  const alike = own.length === 0 || other.length === 0 || own.at(-1) === other.at(-1);
  if (alike || !isStatic(own) || !isStatic(other)) return undefined;
  const row = [Math.max(own.at(-1)!, other.at(-1)!)];
  const whole = (value: Value, dims: readonly number[]) => dims.at(-1) === 1 ? g.expand(value, row) : value;
  return [g.pow(whole(x, own), whole(exponent, other))];
}

/** The shader for "..." is invalid; that for the same equation with a letter per axis is not. */
function einsumOfLetters(g: GraphBuilder, node: Node): Value[] | undefined {
  const { operands, output } = readEinsum(node.inputs.map((name) => g.info(name).shape), node) ?? {};
  return operands && g.node("Einsum", node.inputs, { equation: `${operands.join()}->${output}` });
}

/**
 * Rounding up counts windows that begin in the padding, and the Indices output is missing. Here: rounding up
 * is more padding; every tap of the kernel is a channel of a convolution, and the first one that equals the
 * maximum is its place.
 */
function maxPool(g: GraphBuilder, node: Node): Value[] | undefined {
  const [x, y] = [node.inputs[0]!, node.outputs[0] || node.outputs[1]!];
  const [from, to] = [g.shape(x).slice(2), g.shape(y).slice(2)];
  if (!isStatic(from) || !isStatic(to) || intAttribute(node, "storage_order", 0) !== 0) return undefined;
  const window = windowOf(g, node, { input: x, output: y });
  const { strides, begin, end } = window;
  const span = spans(window);
  const over = to.map((places, i) =>
    Math.max((Number(places) - 1) * strides[i]! + span[i]! - (from[i]! + begin[i]! + end[i]!), 0)
  );
  const pads = [...begin, ...end.map((pad, i) => pad + over[i]!)];
  const [pooled] = g.node("MaxPool", [x], { ...node.attributes, auto_pad: "NOTSET", ceil_mode: 0, pads });
  if (!node.outputs[1]) return [pooled!];
  // Numbers of places must be exact in float32.
  if (sizeOf(from) >= 2 ** 24 || g.info(x).type !== "float32") return undefined;
  return [pooled!, placesOfMaxima(g, { x, pooled: pooled!, from, to, window, pads })];
}

function placesOfMaxima(
  g: GraphBuilder,
  { x, pooled, from, to, window, pads }: {
    x: Value;
    pooled: Value;
    from: readonly number[];
    to: readonly number[];
    window: Window;
    pads: number[];
  },
): Value {
  const { kernel, strides, dilations, begin } = window;
  const [taps, places, plane] = [sizeOf(kernel), sizeOf(to), sizeOf(from)];
  // Earlier places score higher, and those in the padding nothing: [1, taps, …].
  const scores = Float32Array.from({ length: taps * places }, (_, i) => {
    const [tap, place] = [indices(Math.floor(i / places), kernel), indices(i % places, to)];
    const at = place.map((p, axis) => p * strides[axis]! + tap[axis]! * dilations[axis]! - begin[axis]!);
    if (at.some((p, axis) => p < 0 || p >= from[axis]!)) return 0;
    return plane - at.reduce((sum, p, axis) => sum * from[axis]! + p, 0);
  });
  const oneHot = Float32Array.from({ length: taps * taps }, (_, i) => i % (taps + 1) === 0 ? 1 : 0);

  const views = g.conv(
    g.reshape(x, [-1, 1, ...from]),
    g.constant(float32(oneHot, [taps, 1, ...kernel])),
    undefined,
    {
      strides,
      dilations,
      pads,
    },
  ); // [N·C, taps, …]
  const equal = g.cast(g.equal(views, g.reshape(pooled, [-1, 1, ...to])), "float32");
  const best = g.reduceMax(g.mul(equal, g.constant(float32(scores, [1, taps, ...to]))), [1]); // [N·C, 1, …]
  // NaN equals nothing; it must not point out of the tensor.
  const inPlane = g.min(g.sub(g.constant(scalar(plane)), best), g.constant(scalar(plane - 1)));
  const zero = g.reshape(g.ints([0]), []);
  const [count] = g.node("Shape", [best], { start: 0, end: 1 });
  const [planes] = g.node("Range", [zero, g.reshape(count!, []), g.reshape(g.ints([1]), [])]);
  const before = g.reshape(g.mul(planes!, g.ints([plane])), [-1, 1, ...to.map(() => 1)]);
  const flat = g.add(g.cast(inPlane, "int64"), before);
  return g.reshape(flat, g.shapeOf(pooled));
}

/** The place of element `flat` along each axis. */
function indices(flat: number, dims: readonly number[]): number[] {
  const place = new Array<number>(dims.length);
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    place[axis] = flat % dims[axis]!;
    flat = Math.floor(flat / dims[axis]!);
  }
  return place;
}

function goesBackwards({ inputs }: Node, { initializers }: Graph): boolean {
  const steps = initializers.get(inputs[4] ?? "");
  return steps !== undefined && isTensor(steps) && numbersOf(steps).some((step) => step < 0);
}

/**
 * Backwards from any element but the last is computed wrongly. Here: what lies behind the first element is
 * cut off, so that it becomes the last.
 */
function cutThenReverse(g: GraphBuilder, node: Node): Value[] | undefined {
  const [x, ...settings] = node.inputs as [Value, ...Value[]];
  const [starts, ends, axes, steps] = settings.map((value) =>
    value ? g.contents(value)?.map(Number) : undefined
  );
  if (!starts || !ends || !steps || settings[2] && !axes) return undefined;
  const shape = g.shape(x);
  const on = axes?.map((axis) => normalAxis(axis, shape.length)) ?? starts.map((_, i) => i);
  const cuts: [axis: number, end: number][] = [];
  for (const [i, axis] of on.entries()) {
    if (steps[i]! > 0 || starts[i] === -1) continue;
    const size = shape[axis];
    if (typeof size !== "number") return undefined;
    const start = starts[i]! < 0 ? starts[i]! + size : starts[i]!;
    if (start >= size) continue;
    cuts.push([axis, Math.max(start + 1, 0)]);
    starts[i] = -1;
    // Counted from the front: what it would be counted from behind is cut off.
    if (ends[i]! < 0 && ends[i]! + size >= 0) ends[i]! += size;
  }
  if (cuts.length === 0) return undefined;
  const zeros = cuts.map(() => 0);
  const cut = g.slice(x, zeros, cuts.map(([, end]) => end), cuts.map(([axis]) => axis));
  return [g.slice(cut, starts, ends, on, steps)];
}

/**
 * Groups of several inputs and one output are computed wrongly. Here: every input by itself, which is right,
 * and then sums over the groups.
 */
function sumOfDepthwise(g: GraphBuilder, node: Node): Value[] | undefined {
  const [x, w, bias] = node.inputs as [Value, Value, Value?];
  const group = intAttribute(node, "group", 1);
  const [ins, outs, ...kernel] = g.shape(w);
  if (typeof ins !== "number" || outs !== 1 || ins === group) return undefined;
  const [each] = g.node("ConvTranspose", [x, w], {
    ...node.attributes,
    group: { type: "int", value: ins },
  });
  const ones = float32(new Float32Array(ins).fill(1), [group, ins / group, ...kernel.map(() => 1)]);
  return [g.conv(each!, g.constant(ones), bias || undefined, { group })];
}

/** The training form is missing: Ioffe and Szegedy, 2015, algorithm 1, with ONNX's running statistics. */
function batchNormOfTheBatch(g: GraphBuilder, node: Node): Value[] {
  const [x, scale, bias, mean, variance] = node.inputs as [Value, Value, Value, Value, Value];
  const axes = g.shape(x).map((_, axis) => axis).filter((axis) => axis !== 1);
  const perChannel = (value: Value) => g.reshape(value, [-1, ...axes.slice(1).map(() => 1)]);
  const momentum = g.constant(scalar(floatAttribute(node, "momentum", 0.9)));
  const rest = g.constant(scalar(1 - floatAttribute(node, "momentum", 0.9)));
  const running = (old: Value, now: Value) => g.add(g.mul(old, momentum), g.mul(g.reshape(now, [-1]), rest));

  const batchMean = g.reduceMean(x, axes);
  const centred = g.sub(x, batchMean);
  const batchVariance = g.reduceMean(g.mul(centred, centred), axes);
  const epsilon = g.constant(scalar(floatAttribute(node, "epsilon", 1e-5)));
  const inverse = g.reciprocal(g.sqrt(g.add(batchVariance, epsilon)));
  const y = g.add(g.mul(centred, g.mul(inverse, perChannel(scale))), perChannel(bias));
  return [y, running(mean, batchMean), running(variance, batchVariance)];
}

/** One shader for all inputs fails where a device gives it fewer tensors. */
function concatOfConcats(g: GraphBuilder, node: Node): Value[] {
  const axis = intAttribute(node, "axis", 0);
  let values: readonly Value[] = node.inputs;
  while (values.length > 1) {
    values = chunks(values).map((part) => part.length > 1 ? g.concat(part, axis) : part[0]!);
  }
  return [...values];
}

/** A Split of more outputs than a GPU binds at once, as a Split whose parts are split again. */
function splitOfSplits(g: GraphBuilder, node: Node): Value[] | undefined {
  const x = node.inputs[0]!;
  const rank = g.shape(x).length;
  const axis = (intAttribute(node, "axis", 0) + rank) % rank;
  const sizes = sizesOf(g, node, axis);
  return sizes && splitInto(g, x, sizes, axis);
}

function splitInto(g: GraphBuilder, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  if (sizes.length <= MOST_TENSORS) return g.split(x, sizes, axis);
  const parts = chunks(sizes, Math.ceil(sizes.length / MOST_TENSORS));
  const wholes = splitInto(g, x, parts.map((part) => part.reduce((a, b) => a + b, 0)), axis);
  return parts.flatMap((part, i) => splitInto(g, wholes[i]!, part, axis));
}

/** How long the outputs of a Split are along its axis. */
function sizesOf(g: GraphBuilder, { inputs, outputs }: Node, axis: number): number[] | undefined {
  const given = inputs[1] ? g.contents(inputs[1])?.map(Number) : undefined;
  if (given) return given;
  const size = g.shape(inputs[0]!)[axis];
  if (typeof size !== "number") return undefined;
  const each = Math.ceil(size / outputs.length);
  return outputs.map((_, i) => Math.min(each, size - i * each));
}

function chunks<T>(values: readonly T[], length: number = MOST_TENSORS): T[][] {
  return Array.from(
    { length: Math.ceil(values.length / length) },
    (_, i) => values.slice(i * length, (i + 1) * length),
  );
}
