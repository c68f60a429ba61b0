import { intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { operatorOf, type OperatorTable } from "../../onnx/operators/table.ts";
import { storage } from "../../tensor/element_types.ts";
import { type DataType, int64, normalAxis, type Tensor, tensorOf } from "../../tensor/tensor.ts";
import { means } from "./means.ts";
import type { Surgery } from "../prune.ts";
import { changedSizes, type Part, type Repair, withAttribute, withInput } from "./repair.ts";
import { gatheredPositions, slicedPositions } from "../rows/indexing.ts";

/**
 * A tensor of sizes, computed as before except for some entries: a constant where all are known, otherwise
 * the old numbers times 0, 1 or a fraction plus the new ones.
 */
function overridden(
  node: Node,
  { source, known, sizes, mayBeConstant = true }: {
    source: string;
    known: readonly unknown[];
    sizes: ReadonlyMap<number, number | Part>;
    mayBeConstant?: boolean | undefined;
  },
  surgery: Surgery,
): { name: string; nodes: Node[] } {
  const entries = known.map((entry, i) => sizes.get(i) ?? entry);
  const parts = known.map((_, i) => {
    const size = sizes.get(i);
    return typeof size === "object" ? size : { times: size === undefined ? 1 : 0, over: 1 };
  });
  const { constant, freeName } = surgery;
  const stem = `${node.outputs[0]}.sizes`;
  if (mayBeConstant && entries.every((entry) => typeof entry === "number")) {
    return { name: constant(stem, int64(entries as number[])), nodes: [] };
  }
  let times = parts.map(({ times }) => times);
  const over = parts.map(({ over }) => over);
  let plus = known.map((_, i) => typeof sizes.get(i) === "number" ? sizes.get(i) as number : 0);
  let name = source;
  // What was overridden before is so once: rounds of pruning leave no longer and longer way.
  while (over.every((n) => n === 1)) {
    const step = scaledOrShifted(name, known.length, surgery);
    if (step === undefined) break;
    const { op, numbers } = step;
    if (op === "Add") plus = plus.map((n, i) => n + times[i]! * numbers[i]!);
    else times = times.map((n, i) => n * numbers[i]!);
    name = step.name;
  }
  const steps: [op: string, numbers: number[]][] = [["Mul", times], ["Div", over], ["Add", plus]];
  const nodes = steps.filter(([op, numbers]) => numbers.some((n) => n !== (op === "Add" ? 0 : 1)))
    .map(([op, numbers]): Node => {
      const inputs = [name, constant(`${stem}.${op}`, int64(numbers))];
      name = freeName(stem);
      return { op, inputs, outputs: [name], attributes: {} };
    });
  return { name, nodes };
}

/** A vector that is another one plus or times known numbers. */
function scaledOrShifted(
  name: string,
  length: number,
  { maker, contents }: Surgery,
): { op: "Add" | "Mul"; numbers: readonly number[]; name: string } | undefined {
  const made = maker(name);
  const op = made && operatorOf(made);
  if (op !== "Add" && op !== "Mul") return undefined;
  const { inputs } = made!;
  for (const [other, constant] of [inputs, inputs.toReversed()]) {
    const numbers = contents(constant);
    if (other && numbers?.length === length && numbers.every((n) => typeof n === "number")) {
      return { op, numbers, name: other };
    }
  }
  return undefined;
}

const reshape: Repair = (node, surgery) => {
  const sizes = changedSizes(node.outputs[0], surgery);
  if (sizes.size === 0) return [node];
  const shape = surgery.shape(node.outputs[0])!;
  const open = shape.filter((dim) => typeof dim !== "number").length;
  const known = open > 1 ? shape : shape.map((dim) => typeof dim === "number" ? dim : -1);
  const attribute = intsAttribute(node, "shape", undefined);
  if (attribute) return [withAttribute(node, "shape", known.map((dim, i) => Number(sizes.get(i) ?? dim)))];
  const given = surgery.contents(node.inputs[1]);
  // Zeros (copied sizes) and the −1 (the rest) go on meaning what they meant.
  const constant = given?.every((entry) => typeof entry === "number") &&
    intAttribute(node, "allowzero", 0) === 0;
  const entries = constant ? given.map((entry, i) => Number(entry) <= 0 ? Number(entry) : shape[i]) : known;
  const computed = open > 1 ? given : undefined; // a −1 that is computed with the rest stays −1
  const isNamed = (i: number) =>
    constant ? Number(given[i]) > 0 : known[i] !== -1 && !(Number(computed?.[i] ?? 1) <= 0);
  const named = new Map([...sizes].filter(([i]) => isNamed(i)));
  if (constant && named.size === 0) return [node];
  const { name, nodes } = overridden(
    node,
    { source: node.inputs[1]!, known: entries, sizes: named },
    surgery,
  );
  return [...nodes, withInput(node, 1, name)];
};

const expand: Repair = (node, surgery) => {
  const [before, after] = [surgery.shape(node.inputs[0]), surgery.shape(node.outputs[0])];
  const sizes = changedSizes(node.outputs[0], surgery);
  if (sizes.size === 0 || !before || !after) return [node];
  const target = surgery.contents(node.inputs[1]) ?? surgery.shape(node.inputs[1])?.[0];
  const length = typeof target === "number" ? target : Array.isArray(target) ? target.length : after.length;
  const shift = after.length - length;
  const moved = new Map([...sizes].filter(([i]) => i >= shift).map(([i, size]) => [i - shift, size]));
  const { name, nodes } = overridden(node, {
    source: node.inputs[1]!,
    known: after.slice(shift),
    sizes: moved,
  }, surgery);
  return [...nodes, withInput(node, 1, name)];
};

/** Makes as many numbers as are left. */
const constantOfShape: Repair = (node, surgery) => {
  const sizes = changedSizes(node.outputs[0], surgery);
  if (sizes.size === 0) return [node];
  // Its length goes on being computed, so that it is no stored tensor afterwards either.
  const computed = surgery.shape(node.outputs[0])!.map(String);
  const { name, nodes } = overridden(node, {
    source: node.inputs[0]!,
    known: computed,
    sizes,
    mayBeConstant: false,
  }, surgery);
  return [...nodes, withInput(node, 0, name)];
};

/** One zero of an element type. */
function zeroOf(type: DataType): Tensor {
  const { array } = storage[type];
  return tensorOf(type as Tensor.Type, new (array as Float32ArrayConstructor)(1), [1]);
}

/** Repair of EyeLike: the identity matrix keeps the size that its input had. */
const eyeLike: Repair = (node, surgery) => {
  if (changedSizes(node.inputs[0], surgery).size === 0) return [node];
  const like = surgery.freeName(`${node.outputs[0]}.like`);
  const old = surgery.freeName(`${like}.shape`);
  const nodes = shape(
    { op: "Shape", inputs: [node.inputs[0]!], outputs: [old], attributes: {} },
    surgery,
    false,
  );
  const type = surgery.type(node.inputs[0]) ?? "float32";
  return [
    ...nodes,
    {
      op: "ConstantOfShape",
      inputs: [old],
      outputs: [like],
      attributes: { value: { type: "tensor", value: zeroOf(type) } },
    },
    withInput(node, 0, like),
  ];
};

/** Whether a node multiplies an entry of what it reads by zero, as what overrides a size does. */
function clears(node: Node, entry: number, { contents }: Surgery): boolean {
  return operatorOf(node) === "Mul" && node.inputs.some((name) => contents(name)?.[entry] === 0);
}

/** Nodes that compute with a size go on with the old one; who needs the new one is rewritten. */
const shape = (node: Node, surgery: Surgery, mayBeConstant = true): Node[] => {
  const all = changedSizes(node.inputs[0], surgery);
  if (all.size === 0) return [node];
  const dims = surgery.shape(node.inputs[0])!;
  const rank = dims.length;
  const clamp = (i: number) => Math.max(0, Math.min(rank, i < 0 ? i + rank : i));
  const start = clamp(intAttribute(node, "start", 0));
  const end = clamp(intAttribute(node, "end", rank));
  const readers = surgery.readers(node.outputs[0]!);
  const counts = (i: number) => !readers?.length || readers.some((reader) => !clears(reader, i, surgery));
  const old = new Map(
    [...all].filter(([i]) => i >= start && i < end && counts(i - start)).map(([i, size]) => [
      i - start,
      typeof size === "number" ? Number(dims[i]) : { times: size.over, over: size.times },
    ]),
  );
  if (old.size === 0) return [node];
  const now = surgery.freeName(`${node.outputs[0]}.now`);
  const { name, nodes } = overridden(node, {
    source: now,
    known: dims.slice(start, end),
    sizes: old,
    mayBeConstant,
  }, surgery);
  return [
    { ...node, outputs: [now] },
    ...nodes,
    { op: "Identity", inputs: [name], outputs: [node.outputs[0]!], attributes: {} },
  ];
};

/** Without axes, what is left alone would be squeezed, too. */
const squeeze: Repair = (node, surgery) => {
  if (node.inputs[1] || "axes" in node.attributes || changedSizes(node.inputs[0], surgery).size === 0) {
    return [node];
  }
  const axes = [...surgery.shape(node.inputs[0])!.keys()].filter((i) =>
    surgery.shape(node.inputs[0])![i] === 1
  );
  if (surgery.opset < 13) return [withAttribute(node, "axes", axes)];
  return [withInput(node, 1, surgery.constant(`${node.outputs[0]}.axes`, int64(axes)))];
};

/** Repair of Size: the product of what the sizes were. */
const size: Repair = (node, surgery) => {
  if (changedSizes(node.inputs[0], surgery).size === 0) return [node];
  const old = surgery.freeName(`${node.outputs[0]}.shape`);
  return [
    ...shape({ op: "Shape", inputs: node.inputs, outputs: [old], attributes: {} }, surgery),
    {
      op: "ReduceProd",
      inputs: [old],
      outputs: node.outputs,
      attributes: { keepdims: { type: "int", value: 0 } },
    },
  ];
};

const grouped = (outputSide: boolean, weight = 1): Repair => (node, surgery) => {
  if (intAttribute(node, "group", 1) === 1) return [node];
  const left = (name: string | undefined) =>
    surgery.kept(name, 1)?.length ?? Number(surgery.shape(name)?.[1]);
  const group = left(outputSide ? node.outputs[0] : node.inputs[0]) / left(node.inputs[weight]);
  return [group && group !== intAttribute(node, "group", 1) ? withAttribute(node, "group", group) : node];
};

const groupNorm: Repair = (node, surgery) => {
  const kept = surgery.kept(node.inputs[0], 1);
  if (!kept) return [node];
  const groups = intAttribute(node, "num_groups", 1);
  const before = Number(surgery.shape(node.inputs[0])![1]);
  return [withAttribute(node, "num_groups", groups * kept.length / before)];
};

const split: Repair = (node, surgery) => {
  const shape = surgery.shape(node.inputs[0]);
  const axis = intAttribute(node, "axis", 0);
  const at = normalAxis(axis, shape?.length ?? 0);
  if (!surgery.kept(node.inputs[0], at)) return [node];
  const lengths = node.outputs.map((name) =>
    surgery.kept(name, at)?.length ?? Number(surgery.shape(name)![at])
  );
  if (surgery.opset < 13) return [withAttribute(node, "split", lengths)];
  const { num_outputs: _, ...attributes } = node.attributes;
  return [
    withInput({ ...node, attributes }, 1, surgery.constant(`${node.outputs[0]}.split`, int64(lengths))),
  ];
};

/** A Slice along channels becomes a Gather of those that stay; along other axes it stays a Slice. */
const slice: Repair = (node, surgery) => {
  const taken = slicedPositions(node, surgery) ?? [];
  const channels = taken.filter(({ axis }) => surgery.kept(node.inputs[0], axis));
  if (channels.length === 0) return [node];
  const nodes: Node[] = [];
  let value = node.inputs[0]!;
  for (const { axis, positions } of channels) {
    const now = new Map<number, number>();
    surgery.kept(node.inputs[0], axis)!.forEach((position, i) => now.set(position, i));
    const indices = positions!.map((position) => now.get(position)).filter((i) => i !== undefined);
    const output = surgery.freeName(`${node.outputs[0]}.kept`);
    const name = surgery.constant(`${output}.indices`, int64(indices));
    nodes.push({
      op: "Gather",
      inputs: [value, name],
      outputs: [output],
      attributes: { axis: { type: "int", value: axis } },
    });
    value = output;
  }
  const rest = taken.filter((entry) => !channels.includes(entry));
  if (rest.length === 0) {
    return [...nodes, { op: "Identity", inputs: [value], outputs: node.outputs, attributes: {} }];
  }
  // The other axes are cut as before; along channels nothing is left to cut.
  const keep = taken.map((entry) => !channels.includes(entry));
  const list = (name: string, i: number) =>
    (node.inputs[i] ? surgery.contents(node.inputs[i]) : intsAttribute(node, name, undefined))?.map(Number);
  const only = (numbers: readonly number[]) => numbers.filter((_, i) => keep[i]);
  const [starts, ends] = [list("starts", 1), list("ends", 2)];
  const axes = rest.map(({ axis }) => axis);
  if (!node.inputs[1]) {
    const attributes = {
      starts: { type: "ints", value: only(starts!) },
      ends: { type: "ints", value: only(ends!) },
      axes: { type: "ints", value: axes },
    } as const;
    return [...nodes, { ...node, inputs: [value], attributes: { ...node.attributes, ...attributes } }];
  }
  const lists = [only(starts!), only(ends!), axes, only(list("steps", 4) ?? taken.map(() => 1))];
  const inputs = lists.map((numbers) => surgery.constant(`${node.outputs[0]}.cut`, int64(numbers)));
  return [...nodes, { ...node, inputs: [value, ...inputs] }];
};

/** Channels that are left have new numbers. */
const gather: Repair = (node, surgery) => {
  const rank = surgery.shape(node.inputs[0])?.length ?? 0;
  const axis = intAttribute(node, "axis", 0);
  const kept = surgery.kept(node.inputs[0], normalAxis(axis, rank));
  const positions = gatheredPositions(node, surgery);
  if (!kept || !positions) return [node];
  const now = new Map(Array.from(kept, (position, i) => [position, i]));
  const indices = positions.map((position) => now.get(position)).filter((i) => i !== undefined);
  const dims = surgery.shape(node.inputs[1])?.length === 0 ? [] : [indices.length];
  return [withInput(node, 1, surgery.constant(`${node.outputs[0]}.indices`, int64(indices, dims)))];
};

/** Padding shrinks with the padded places that left. */
const pad: Repair = (node, surgery) => {
  const shape = surgery.shape(node.inputs[0]) ?? [];
  const old = node.inputs[1]
    ? surgery.contents(node.inputs[1])?.map(Number)
    : intsAttribute(node, "pads", intsAttribute(node, "paddings", undefined));
  if (!old || changedSizes(node.outputs[0], surgery).size === 0) return [node];
  const named = node.inputs[3] ? surgery.contents(node.inputs[3])!.map(Number) : shape.map((_, i) => i);
  const pads = [...old];
  named.forEach((given, k) => {
    const axis = normalAxis(given, shape.length);
    const kept = surgery.kept(node.outputs[0], axis);
    if (!kept) return;
    const [begin, length] = [old[k]!, Number(shape[axis])];
    pads[k] = kept.filter((i) => i < begin).length;
    pads[k + named.length] = kept.filter((i) => i >= begin + length).length;
  });
  if (!node.inputs[1]) return [withAttribute(node, "pads" in node.attributes ? "pads" : "paddings", pads)];
  return [withInput(node, 1, surgery.constant(`${node.outputs[0]}.pads`, int64(pads)))];
};

/**
 * Sizes of all axes that an input tells; where an `axes` attribute names some, those of channels are not
 * told.
 */
const toldSizes = (input: number): Repair => (node, surgery) => {
  const sizes = changedSizes(node.outputs[0], surgery);
  const known = surgery.shape(node.outputs[0]);
  const source = node.inputs[input];
  if (sizes.size === 0 || !source || !known || "axes" in node.attributes) return [node];
  const { name, nodes } = overridden(node, { source, known, sizes }, surgery);
  return [...nodes, withInput(node, input, name)];
};

/** Where heads are joined to one axis, the node says how many there are. */
const heads = (...named: readonly [input: number, attribute: string][]): Repair => (node, surgery) => [
  named.reduce((fixed, [input, name]) => {
    const [kept, before] = [
      surgery.kept(node.inputs[input], 2),
      Number(surgery.shape(node.inputs[input])?.[2]),
    ];
    if (!kept || surgery.shape(node.inputs[input])?.length !== 3) return fixed;
    return withAttribute(fixed, name, intAttribute(node, name, 0) * kept.length / before);
  }, node),
];

/** A recurrent layer says how many hidden units it has. */
const hidden: Repair = (node, surgery) => {
  const kept = surgery.kept(node.inputs[2], 2);
  return [kept ? withAttribute(node, "hidden_size", kept.length) : node];
};

/** A product with codes says how many features it makes, and how many it reads. */
const features: Repair = (node, surgery) => {
  const [rows, blocks] = [surgery.kept(node.inputs[1], 0), surgery.kept(node.inputs[1], 1)];
  const narrow = rows ? withAttribute(node, "N", rows.length) : node;
  return [blocks ? withAttribute(narrow, "K", blocks.length * intAttribute(node, "block_size", 0)) : narrow];
};

/** As many places as there are experts left. */
const oneHot: Repair = (node, surgery) => {
  const rank = surgery.shape(node.outputs[0])?.length ?? 0;
  const kept = surgery.kept(node.outputs[0], normalAxis(intAttribute(node, "axis", -1), rank));
  if (!kept) return [node];
  const dims = surgery.shape(node.inputs[1])?.length === 0 ? [] : [1];
  return [withInput(node, 1, surgery.constant(`${node.outputs[0]}.depth`, int64([kept.length], dims)))];
};

/** Fixes by operator. A node of one without a fix works with fewer channels as it is. */
export const attributeFixups: OperatorTable<Repair> = {
  Conv: grouped(false),
  ConvTranspose: grouped(true),
  ConvInteger: grouped(false),
  QLinearConv: grouped(false, 3),
  GroupNormalization: groupNorm,
  Reshape: reshape,
  Squeeze: squeeze,
  Expand: expand,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  Shape: (node, surgery) => shape(node, surgery),
  Size: size,
  Split: split,
  Slice: slice,
  Gather: gather,
  OneHot: oneHot,
  Pad: pad,
  Resize: toldSizes(3),
  MaxUnpool: toldSizes(2),
  Attention: heads([0, "q_num_heads"], [1, "kv_num_heads"]),
  RotaryEmbedding: heads([0, "num_heads"]),
  LSTM: hidden,
  GRU: hidden,
  RNN: hidden,
  "com.microsoft:MatMulNBits": features,
  ...means,
};
