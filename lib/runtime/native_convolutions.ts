import { operatorOf } from "../onnx/operators/table.ts";
import { intAttribute, intsAttribute, stringAttribute, toAttributes } from "../onnx/attribute.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { isStatic } from "../onnx/dim.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { Model, type Node } from "../onnx/model.ts";
import { type FilterGradient, matchFilterGradient, padForTaps } from "./filter_gradient.ts";
import { producers } from "../onnx/topology.ts";

/**
 * ONNX Runtime's own operators on tensors whose channels lie in blocks, [N, C/block, H, W, block] in memory.
 */
const BLOCKED = "com.microsoft.nchwc";

/** State of the rewriting. */
interface Rewriting {
  g: GraphBuilder;
  /** Channels that lie side by side in memory: as many as the processor computes at once. */
  block: number;
  made: ReadonlyMap<Value, Node>;
  blocked: Map<Value, Value>;
}

/**
 * The model with its convolutions of computed weights done on blocked channels, which ONNX Runtime itself
 * only does where weights are constant: so training runs at the speed of inference.
 *
 * Only convolutions over two axes, of known sizes, without groups or with a filter for each channel, are
 * changed; channels that do not fill their blocks are filled up with zeros, unless most would be. Filter
 * gradients, which are convolutions with a kernel as large as the image, are recognised and done in a better
 * way, if examples fill whole blocks.
 */
export function blockConvolutions(model: Model, block: number): Model {
  const { graph } = model;
  const computed = (node: Node) => operatorOf(node) === "Conv" && !graph.initializers.has(node.inputs[1]!);
  if (!graph.nodes.some(computed)) return model;
  const inferred = inferShapes(model).graph;
  const opsets = { ...model.info.opsets, [BLOCKED]: 1 };
  const g = new GraphBuilder({ ...inferred, nodes: [] }, opsets);
  const rewriting: Rewriting = { g, block, made: producers(inferred), blocked: new Map() };
  for (const node of inferred.nodes) {
    if (!computed(node) || !rewrite(rewriting, node)) g.place(node);
  }
  return removeDeadCode(new Model(g.graph(), { ...model.info, opsets }));
}

/** Does the convolution in a better way, or says that there is none. */
function rewrite(rewriting: Rewriting, node: Node): boolean {
  const found = matchFilterGradient(rewriting.g, node, rewriting.made);
  return found ? filterGradient(rewriting, node, found) : convolution(rewriting, node);
}

function sizes({ g }: Rewriting, value: Value): readonly number[] | undefined {
  const { shape } = g.info(value);
  return isStatic(shape) ? shape : undefined;
}

function reorder(g: GraphBuilder, value: Value): Value {
  const [made] = g.node("ReorderInput", [value], {}, { domain: BLOCKED });
  g.declare(made!, { ...g.info(value) });
  return made!;
}

/** Moves channels into blocks, the last one filled up with zeros; once per value. */
function toBlocks({ g, block, blocked }: Rewriting, value: Value): Value {
  const known = blocked.get(value);
  if (known) return known;
  const channels = Number(g.shape(value)[1]);
  const missing = wholeBlocks(channels, block) - channels;
  const made = reorder(g, missing ? g.pad(value, [0, 0, 0, 0, 0, missing, 0, 0]) : value);
  blocked.set(value, made);
  return made;
}

/** The channels of so many whole blocks as hold the given ones. */
function wholeBlocks(channels: number, block: number): number {
  return Math.ceil(channels / block) * block;
}

/** Less of the blocks filled than this, and computing the zeros takes longer than blocks gain. */
const LEAST_FILL = 0.5;

/** A convolution as it is, with weights put in order inside the graph: they are small. */
function convolution(rewriting: Rewriting, node: Node): boolean {
  const { g, block } = rewriting;
  const [x, w, bias] = node.inputs as [Value, Value, Value | undefined];
  const [shape, kernel] = [sizes(rewriting, x), sizes(rewriting, w)];
  if (stringAttribute(node, "auto_pad", "NOTSET") !== "NOTSET") return false;
  if (shape?.length !== 4 || kernel?.length !== 4) return false;
  const [outs, ins, height, width] = kernel as [number, number, number, number];
  const group = intAttribute(node, "group", 1);
  // A filter for each channel: blocks of channels go through side by side.
  const depthwise = group > 1 && ins === 1 && outs === group;
  if (group > 1 && !depthwise) return false;
  const few = !depthwise && ins < block;
  const [wideOuts, wideIns] = [wholeBlocks(outs, block), few || depthwise ? ins : wholeBlocks(ins, block)];
  const missing = [wideOuts - outs, wideIns - ins] as const;
  if ((outs / wideOuts) * (ins / wideIns) < LEAST_FILL) return false;
  const padded = missing.some(Boolean) ? g.pad(w, [0, 0, 0, 0, ...missing, 0, 0]) : w;
  const groups = wideOuts / block;
  // Axes are moved one at a time, for which the engine has fast ways.
  const size = height * width;
  const inwards = g.transpose(g.reshape(padded, [groups, block, wideIns * size]), [0, 2, 1]);
  const ordered = few || depthwise || size === 1
    ? inwards
    : g.transpose(g.reshape(inwards, [groups * wideIns / block, block, size, block]), [0, 2, 1, 3]);
  const taps = g.reshape(ordered, [wideOuts, wideIns, height, width]);
  const y = blockedConv(rewriting, few ? x : toBlocks(rewriting, x), taps, {
    kernel: [height, width],
    strides: intsAttribute(node, "strides", [1, 1]),
    dilations: intsAttribute(node, "dilations", [1, 1]),
    pads: intsAttribute(node, "pads", [0, 0, 0, 0]),
    group: depthwise ? wideOuts : 1,
    bias: bias && missing[0] ? g.pad(bias, [0, missing[0]]) : bias,
  });
  place(g, node, { op: "ReorderOutput", inputs: [y], attributes: { channels: outs }, domain: BLOCKED });
  return true;
}

function blockedConv(
  { g }: Rewriting,
  x: Value,
  w: Value,
  { kernel, strides, dilations, pads, group, bias }: {
    kernel: number[];
    strides: number[];
    dilations: number[];
    pads: number[];
    group: number;
    bias?: Value | undefined;
  },
): Value {
  const inputs = bias ? [x, w, bias] : [x, w];
  const attributes = { kernel_shape: kernel, strides, dilations, pads, group };
  const [y] = g.node("Conv", inputs, attributes, { domain: BLOCKED });
  g.declare(y!, { type: "float32" });
  return y!;
}

/**
 * A filter gradient: the convolution of xᵀ [C, N, H, W] with dyᵀ [O, N, h, w] to taps [C, O, height, width].
 *
 * Done as it stands, its few outputs leave the processor idle. Instead pixels and channels of x become one
 * long row, channels innermost, and examples take the place of channels: moving the kernel dy by one element
 * then goes to the next channel, and by C elements to the next pixel. So each row of taps is height·C
 * neighbours. Each block of examples is a group of its own, and the groups are added up at the end. Examples
 * that fill no whole blocks are cut into pieces of some rows of dy each, which count as examples.
 */
function filterGradient(rewriting: Rewriting, node: Node, found: FilterGradient): boolean {
  const { g, block } = rewriting;
  const { dy, ins, outs, high, wide, height, width, down, right } = found;
  const pieces = piecesToFill(found.examples, block);
  const wideOuts = wholeBlocks(outs, block);
  // With a single tap, a plain product needs no copies.
  const few = outs / wideOuts < LEAST_FILL;
  if (high % pieces !== 0 || few && height * width === 1) return false;
  const examples = found.examples * pieces;
  const groups = examples / block;
  const { padded, paddedRows: rows, paddedColumns } = inPieces(g, found, pieces);
  const pixels = rows * paddedColumns;
  const channelsLast = g.transpose(g.reshape(padded, [groups, block * ins, pixels]), [0, 2, 1]);
  const inBlocks = reorder(g, g.reshape(channelsLast, [groups * pixels, block, ins, 1]));
  const row = g.reshape(inBlocks, [1, examples, rows, paddedColumns * ins]);

  const places = (high / pieces) * wide;
  const apart = g.reshape(toBlocks(rewriting, dy), [
    found.examples,
    wideOuts / block,
    pieces,
    places * block,
  ]);
  const cut = pieces === 1 || wideOuts === block ? apart : g.transpose(apart, [0, 2, 1, 3]);
  const dyBlocks = g.reshape(cut, [groups, block, wideOuts / block, places, block]);
  const kernel = g.reshape(
    g.transpose(dyBlocks, [0, 2, 3, 1, 4]),
    [groups * wideOuts, block, high / pieces, wide],
  );

  const parts = blockedConv(rewriting, row, kernel, {
    kernel: [high / pieces, wide],
    strides: [1, 1],
    dilations: [down, right * ins],
    pads: [0, 0, 0, 0],
    group: groups,
  });
  const size = height * width;
  const split = g.reshape(parts, [groups, wideOuts / block, size * ins, block]);
  const sum = g.reduceSum(split, [0], { keepdims: false });
  // Again one axis at a time; behind the last channel lie those that filled the last block.
  const outwards = g.reshape(g.transpose(sum, [0, 2, 1]), [wideOuts, size, ins]);
  const whole = outs === wideOuts ? outwards : g.slice(outwards, [0], [outs], [0]);
  const taps = g.reshape(g.transpose(whole, [0, 2, 1]), [outs, ins, height, width]);
  g.place({ op: "Transpose", inputs: [taps], outputs: node.outputs, attributes: SWAPPED });
  return true;
}

/** Into how many pieces each example must be cut, so that the pieces fill whole blocks. */
function piecesToFill(examples: number, block: number): number {
  let pieces = 1;
  while (examples * pieces % block !== 0) pieces++;
  return pieces;
}

/** x padded to its taps, each example cut into pieces, one after another, with the rows that both need. */
function inPieces(
  g: GraphBuilder,
  found: FilterGradient,
  pieces: number,
): ReturnType<typeof padForTaps> {
  const whole = padForTaps(g, found);
  if (pieces === 1) return whole;
  const { examples, ins, high, height, down } = found;
  const step = (high / pieces) * down;
  const rows = step - down + height;
  const cuts = Array.from({ length: pieces }, (_, i) => {
    const cut = g.slice(whole.padded, [i * step], [i * step + rows], [2]);
    return g.reshape(cut, [examples, 1, ins, rows, whole.paddedColumns]);
  });
  return { ...whole, padded: g.concat(cuts, 1), paddedRows: rows };
}

const SWAPPED = { perm: { type: "ints" as const, value: [1, 0, 2, 3] } };

/** Adds a node that makes what `instead` made. */
function place(
  g: GraphBuilder,
  instead: Node,
  { op, inputs, attributes = {}, domain = "" }: {
    op: string;
    inputs: Value[];
    attributes?: Record<string, number> | undefined;
    domain?: string | undefined;
  },
): void {
  g.place({
    op,
    domain,
    inputs,
    outputs: [instead.outputs[0]!],
    attributes: toAttributes(attributes),
  });
}
