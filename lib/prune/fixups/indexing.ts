import { intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import type { OperatorTable } from "../../onnx/operators/table.ts";
import { ELEMENT_TYPE, int64, normalAxis } from "../../tensor/tensor.ts";
import { gatheredPositions, slicedPositions } from "../rows/indexing.ts";
import { changedSizes, type Fixup, withAttribute, withInput } from "./fixup.ts";
import { overridden } from "./overridden.ts";

const split: Fixup = (node, surgery) => {
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
const slice: Fixup = (node, surgery) => {
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
  const only = <T>(entries: readonly T[]): T[] => entries.filter((_, i) => keep[i]);
  const axes = rest.map(({ axis }) => axis);
  if (!node.inputs[1]) {
    const list = (name: string) => only(intsAttribute(node, name, undefined)!);
    const attributes = {
      starts: { type: "ints", value: list("starts") },
      ends: { type: "ints", value: list("ends") },
      axes: { type: "ints", value: axes },
    } as const;
    return [...nodes, { ...node, inputs: [value], attributes: { ...node.attributes, ...attributes } }];
  }
  const constant = (numbers: readonly number[]) => surgery.constant(`${node.outputs[0]}.cut`, int64(numbers));
  /** Bounds of the other axes, of a list for all: computed as before, where they are. */
  const bounds = (given: string): string => {
    const entries = only(surgery.contents(given)!);
    if (entries.every((entry) => typeof entry === "number")) return constant(entries);
    const some = surgery.freeName(`${given}.some`);
    const places = constant(only([...taken.keys()]));
    nodes.push({ op: "Gather", inputs: [given, places], outputs: [some], attributes: {} });
    // All lists of a Slice are of one type.
    const to = { type: "int", value: ELEMENT_TYPE.int64 } as const;
    const cut = surgery.freeName(`${given}.cut`);
    nodes.push({ op: "Cast", inputs: [some], outputs: [cut], attributes: { to } });
    return cut;
  };
  const { inputs: [, starts, ends, , steps] } = node;
  const lists = [
    bounds(starts!),
    bounds(ends!),
    constant(axes),
    steps ? bounds(steps) : constant(axes.map(() => 1)),
  ];
  return [...nodes, { ...node, inputs: [value, ...lists] }];
};

/** Channels that are left have new numbers. */
const gather: Fixup = (node, surgery) => {
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
const pad: Fixup = (node, surgery) => {
  const shape = surgery.shape(node.inputs[0]) ?? [];
  const old = node.inputs[1]
    ? surgery.contents(node.inputs[1])
    : intsAttribute(node, "pads", intsAttribute(node, "paddings", undefined));
  if (!old || changedSizes(node.outputs[0], surgery).size === 0) return [node];
  const named = node.inputs[3] ? surgery.contents(node.inputs[3])!.map(Number) : shape.map((_, i) => i);
  const left = new Map<number, number>();
  named.forEach((given, k) => {
    const axis = normalAxis(given, shape.length);
    const kept = surgery.kept(node.outputs[0], axis);
    if (!kept) return;
    const [begin, length] = [Number(old[k]), Number(shape[axis])];
    left.set(k, kept.filter((i) => i < begin).length);
    left.set(k + named.length, kept.filter((i) => i >= begin + length).length);
  });
  const sizes = new Map([...left].filter(([k, places]) => places !== old[k]));
  if (sizes.size === 0) return [node];
  if (!node.inputs[1]) {
    const pads = old.map((places, k) => sizes.get(k) ?? Number(places));
    return [withAttribute(node, "pads" in node.attributes ? "pads" : "paddings", pads)];
  }
  const { name, nodes } = overridden(node, { source: node.inputs[1], known: old, sizes }, surgery);
  return [...nodes, withInput(node, 1, name)];
};

/** As many places as there are experts left. */
const oneHot: Fixup = (node, surgery) => {
  const rank = surgery.shape(node.outputs[0])?.length ?? 0;
  const kept = surgery.kept(node.outputs[0], normalAxis(intAttribute(node, "axis", -1), rank));
  if (!kept) return [node];
  const dims = surgery.shape(node.inputs[1])?.length === 0 ? [] : [1];
  return [withInput(node, 1, surgery.constant(`${node.outputs[0]}.depth`, int64([kept.length], dims)))];
};

/** Fixes of operators that read places along an axis. */
export const indexing: OperatorTable<Fixup> = {
  Split: split,
  Slice: slice,
  Gather: gather,
  OneHot: oneHot,
  Pad: pad,
};
