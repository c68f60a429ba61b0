import { intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { operatorOf, type OperatorTable } from "../../onnx/operators/table.ts";
import { storage } from "../../tensor/element_types.ts";
import { type DataType, int64, type Tensor, tensorOf } from "../../tensor/tensor.ts";
import type { Surgery } from "../prune.ts";
import { changedSizes, type Fixup, withAttribute, withInput } from "./fixup.ts";
import { overridden } from "./overridden.ts";

const reshape: Fixup = (node, surgery) => {
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

const expand: Fixup = (node, surgery) => {
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
const constantOfShape: Fixup = (node, surgery) => {
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

/** Fixup of EyeLike: the identity matrix keeps the size that its input had. */
const eyeLike: Fixup = (node, surgery) => {
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

/** Fixup of Size: the product of what the sizes were. */
const size: Fixup = (node, surgery) => {
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

/** Without axes, what is left alone would be squeezed, too. */
const squeeze: Fixup = (node, surgery) => {
  const axesGiven = node.inputs[1]
    ? surgery.contents(node.inputs[1])?.length !== 0
    : intsAttribute(node, "axes", [])!.length > 0;
  if (axesGiven || changedSizes(node.inputs[0], surgery).size === 0) return [node];
  const axes = [...surgery.shape(node.inputs[0])!.keys()].filter((i) =>
    surgery.shape(node.inputs[0])![i] === 1
  );
  // An empty list of axes would be none, and all of them again.
  if (axes.length === 0) {
    return [{ ...node, op: "Identity", inputs: node.inputs.slice(0, 1), attributes: {} }];
  }
  if (surgery.opset < 13) return [withAttribute(node, "axes", axes)];
  return [withInput(node, 1, surgery.constant(`${node.outputs[0]}.axes`, int64(axes)))];
};

/**
 * Sizes of all axes that an input tells; where an `axes` attribute names some, those of channels are not
 * told.
 */
const toldSizes = (input: number): Fixup => (node, surgery) => {
  const sizes = changedSizes(node.outputs[0], surgery);
  const known = surgery.shape(node.outputs[0]);
  const source = node.inputs[input];
  if (sizes.size === 0 || !source || !known || "axes" in node.attributes) return [node];
  const { name, nodes } = overridden(node, { source, known, sizes }, surgery);
  return [...nodes, withInput(node, input, name)];
};

/** Fixes of operators that read or give sizes. */
export const shapes: OperatorTable<Fixup> = {
  Reshape: reshape,
  Squeeze: squeeze,
  Expand: expand,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  Shape: (node, surgery) => shape(node, surgery),
  Size: size,
  Resize: toldSizes(3),
  MaxUnpool: toldSizes(2),
};
