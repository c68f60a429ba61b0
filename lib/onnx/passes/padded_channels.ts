import { operatorOf, type OperatorTable, rowOf } from "../operators/table.ts";
import { intAttribute, stringAttribute } from "../attribute.ts";
import { GraphBuilder, type Value } from "../builder.ts";
import { removeDeadCode } from "./dead_code.ts";
import { Model, type Node } from "../model.ts";
import { isTensor, sizeOf, Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { reads } from "../topology.ts";

/** From here on Pad and Slice take their settings as inputs. */
const OLDEST_OPSET = 11;

/**
 * The model with channels of zeros added until they fill whole blocks, between convolutions of stored
 * weights.
 *
 * ONNX Runtime computes such convolutions on blocks of channels, at twice the speed, but leaves out those
 * with an odd number of input channels (what pruning makes), and for fewer than a block it moves all channels
 * there and back. Weights for the added channels are zero, and only operators that make zeros of zeros stand
 * between.
 */
export function padChannels(model: Model, block: number): Model {
  const { graph, info } = model;
  if ((info.opsets[""] ?? 0) < OLDEST_OPSET) return model;
  const wanted = wantedValues(model, block);
  if (wanted.size === 0) return model;
  // Knows all names and constants; the nodes come one by one.
  const g = new GraphBuilder(graph, info.opsets);
  g.removeFrom(0);
  const padding: Padding = { g, block, wanted, padded: new Map() };
  const cut = new Set<Value>();
  /** Makes the value as it was, where something needs it so. */
  const restore = (value: Value) => {
    const wide = padding.padded.get(value);
    if (!wide || cut.has(value)) return;
    cut.add(value);
    const inputs = [wide.value, ...[0, wide.channels, 1].map((n) => g.ints([n]))];
    g.place({ op: "Slice", inputs, outputs: [value], attributes: {} });
  };
  for (const node of graph.nodes) {
    if (rowOf(ROWS, node)?.(padding, node)) continue;
    for (const value of reads(node)) restore(value);
    g.place(node);
  }
  for (const value of graph.outputs) restore(value);
  return removeDeadCode(new Model(g.graph(), info));
}

/** A value with more channels than it had. */
interface Wide {
  value: Value;
  /** Number of channels before. */
  channels: number;
  /** Number of channels now. */
  width: number;
}

interface Padding {
  g: GraphBuilder;
  block: number;
  /** Values that some convolution would like to have padded. */
  wanted: ReadonlySet<Value>;
  padded: Map<Value, Wide>;
}

/** Values that reach a convolution whose input channels do not fill their blocks. */
function wantedValues({ graph }: Model, block: number): Set<Value> {
  const wanted = new Set<Value>();
  const g = new GraphBuilder({ ...graph, nodes: [] });
  for (const node of graph.nodes.toReversed()) {
    if (!rowOf(ROWS, node)) continue;
    const [x, other] = node.inputs as [Value, Value];
    const kernel = operatorOf(node) === "Conv" ? stored(g, other) : undefined;
    if (kernel && intAttribute(node, "group", 1) === 1) {
      if (kernel.dims.length === 4 && pays(kernel.dims[1]!, block)) wanted.add(x);
    } else if (wanted.has(node.outputs[0]!)) {
      wanted.add(x);
      if (rowOf(ROWS, node) === joined) wanted.add(other);
    }
  }
  for (const value of [...graph.inputs, ...graph.initializers.keys()]) wanted.delete(value);
  return wanted;
}

/**
 * Whether so many input channels are faster with zeros added. Multiples of four ONNX Runtime pads by itself;
 * where more than a quarter would be zeros, what they cost is more than what blocks gain.
 */
function pays(channels: number, block: number): boolean {
  return channels % 4 !== 0 && channels / block / Math.ceil(channels / block) >= LEAST_FILL;
}

const LEAST_FILL = 0.75;

/** A tensor that is always the same: those listed among the inputs may be fed. */
function stored(g: GraphBuilder, value: Value | undefined): Tensor | undefined {
  const tensor = value === undefined || g.inputs.includes(value) ? undefined : g.tensor(value);
  return tensor && isTensor(tensor) && tensor.type === "float32" ? tensor : undefined;
}

/** Does a node on padded channels, or says that it cannot. */
type Row = (padding: Padding, node: Node) => boolean;

function emit(
  { g, padded }: Padding,
  { node, inputs }: { node: Node; inputs: Value[] },
  wide: Omit<Wide, "value">,
  more = {},
): true {
  const [output] = node.outputs as [Value];
  const value = g.freeName(`${output}.padded`);
  g.nodeNamed([value], node.op, inputs, { ...node.attributes, ...more });
  padded.set(output, { ...wide, value });
  return true;
}

/** Element by element, or channel by channel, zeros from zeros. */
const alike: Row = (padding, node) => {
  const wide = padding.padded.get(node.inputs[0]!);
  if (!wide || node.inputs.length !== 1 || node.outputs.filter(Boolean).length !== 1) return false;
  return emit(padding, { node, inputs: [wide.value] }, wide);
};

const joined: Row = (padding, node) => {
  const [a, b] = node.inputs.map((input) => padding.padded.get(input));
  if (!a || !b || a.channels !== b.channels || a.width !== b.width) return false;
  return emit(padding, { node, inputs: [a.value, b.value] }, a);
};

const clip: Row = (padding, node) => {
  const wide = padding.padded.get(node.inputs[0]!);
  const [low = 0, high = 0] = node.inputs.slice(1).map((input) =>
    input ? Number(stored(padding.g, input)?.data[0]) : 0
  );
  if (!wide || !(low <= 0 && high >= 0)) return false;
  return emit(padding, { node, inputs: [wide.value, ...node.inputs.slice(1)] }, wide);
};

const batchNorm: Row = (padding, node) => {
  const { g } = padding;
  const wide = padding.padded.get(node.inputs[0]!);
  const parameters = node.inputs.slice(1).map((input) => stored(g, input));
  if (!wide || node.outputs.length > 1 || parameters.some((tensor) => tensor === undefined)) return false;
  // A variance of 1 keeps zeros what they are.
  const inputs = parameters.map((tensor, i) =>
    wider(g, node.inputs[i + 1]!, grown(tensor!, [wide.width], i === 3 ? 1 : 0))
  );
  return emit(padding, { node, inputs: [wide.value, ...inputs] }, wide);
};

const conv: Row = (padding, node) => {
  const { g, block, wanted, padded } = padding;
  const [x, w, bias] = node.inputs as [Value, Value, Value | undefined];
  const [kernel, shift] = [stored(g, w), stored(g, bias)];
  if (kernel?.dims.length !== 4 || (bias && !shift)) return false;
  const [outs, ins, height, tall] = kernel.dims as [number, number, number, number];
  const wide = padded.get(x);
  const group = intAttribute(node, "group", 1);
  const depthwise = group > 1 && ins === 1 && group === outs;
  if (group > 1 && !(depthwise && wide)) return false;
  const width = depthwise
    ? wide!.width
    : wanted.has(node.outputs[0]!)
    ? Math.ceil(outs / block) * block
    : outs;
  if (!wide && width === outs) return false;
  const sizes = [width, depthwise ? 1 : wide?.width ?? ins, height, tall];
  const inputs = [wide?.value ?? x, wider(g, w, grown(kernel, sizes))];
  if (shift) inputs.push(wider(g, bias!, grown(shift, [width])));
  const attributes = depthwise
    ? { ...node.attributes, group: { type: "int" as const, value: width } }
    : node.attributes;
  if (width === outs) {
    g.place({ ...node, inputs, attributes });
    return true;
  }
  return emit(padding, { node: { ...node, attributes }, inputs }, { channels: outs, width });
};

/** Only over other axes than the channels'. */
const slice: Row = (padding, node) => {
  const wide = padding.padded.get(node.inputs[0]!);
  const axes = node.inputs[3] ? padding.g.contents(node.inputs[3]) : undefined;
  if (!wide || !axes?.every((axis) => axis !== 1 && axis !== -3)) return false;
  return emit(padding, { node, inputs: [wide.value, ...node.inputs.slice(1)] }, wide);
};

/** Zeros that are added behind the channels are taken for padding, and more added. */
const pad: Row = (padding, node) => {
  const { g, block } = padding;
  const [x, amounts, value] = node.inputs as [Value, Value, Value | undefined];
  const wide = padding.padded.get(x);
  const pads = g.contents(amounts)?.map(Number);
  const zero = !value || stored(g, value)?.data[0] === 0;
  if (!wide || pads?.length !== 8 || node.inputs[3] || !zero) return false;
  if (stringAttribute(node, "mode", "constant") !== "constant") return false;
  const [front, back] = [pads[1]!, pads[5]!];
  const channels = front + wide.channels + back;
  const width = Math.ceil(channels / block) * block;
  const more = width - front - wide.width;
  if (front < 0 || back < 0 || more < 0) return false;
  const inputs = [wide.value, g.ints(pads.with(5, more)), ...value ? [value] : []];
  return emit(padding, { node, inputs }, { channels, width });
};

const ROWS: OperatorTable<Row> = {
  Conv: conv,
  BatchNormalization: batchNorm,
  Relu: alike,
  LeakyRelu: alike,
  HardSwish: alike,
  Tanh: alike,
  Identity: alike,
  Clip: clip,
  Add: joined,
  Sub: joined,
  Mul: joined,
  MaxPool: alike,
  AveragePool: alike,
  Slice: slice,
  Pad: pad,
};

/** Stores what a tensor became under a name like its own, so that it stays a weight. */
const wider = (g: GraphBuilder, name: Value, tensor: Tensor): Value =>
  g.parameter(g.freeName(`${name}.padded`), tensor);

/** The tensor in the corner of a larger one. */
function grown(tensor: Tensor, dims: readonly number[], fill = 0): Tensor {
  const from = floats(tensor);
  const data = new Float32Array(sizeOf(dims)).fill(fill);
  const [, ins = 1] = tensor.dims;
  const inner = sizeOf(tensor.dims.slice(2));
  const step = sizeOf(dims.slice(1));
  for (let out = 0; out < tensor.dims[0]!; out++) {
    const row = ins * inner;
    data.set(from.subarray(out * row, (out + 1) * row), out * step);
  }
  return new Tensor("float32", data, dims);
}
