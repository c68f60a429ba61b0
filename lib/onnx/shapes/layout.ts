import { intAttribute, intsAttribute } from "../attribute.ts";
import {
  addDims,
  ceilDivideDims,
  type Dim,
  divideDims,
  isStatic,
  multiplyDims,
  type Shape,
  shapeSize,
  shapeText,
  subtractDims,
} from "../dim.ts";
import {
  axisAttribute,
  axisOf,
  broadcastShapes,
  type Call,
  contentsAt,
  contradiction,
  intsAt,
  requireEqual,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
  unknownDim,
  unknownShape,
} from "./call.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** A longer list in a damaged file is no shape. */
const MOST_AXES = 64;

/** The shape that input `index` spells out, as far as known: at least its rank where its length is known. */
export function shapeFromInput(call: Call, index: number): Shape | undefined {
  const contents = contentsAt(call, index);
  if (contents) return contents;
  const length = shapeAt(call, index)?.[0];
  return typeof length === "number" && length <= MOST_AXES ? unknownShape(call, length) : undefined;
}

function reshaped(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const known = contentsAt(call, 1) ?? intsAttribute(call.node, "shape", undefined);
  if (known === undefined) return shapeFromInput(call, 1);
  const copies = intAttribute(call.node, "allowzero", 0) === 0;
  const shape = known.map((dim, i) => dim === 0 && copies ? x?.[i] ?? unknownDim(call, i) : dim);
  const open = shape.indexOf(-1);
  const impossible = () => contradiction(call, `cannot give ${shapeText(x)} the shape ${shapeText(known)}`);
  if (x && copies && known.some((dim, i) => dim === 0 && i >= x.length)) throw impossible();
  if (open < 0) {
    if (x) requireEqual(call, shapeSize(x), shapeSize(shape), () => impossible().message);
    return shape;
  }
  const others = shapeSize(shape.toSpliced(open, 1));
  if (x === undefined || others === 0) return shape.with(open, unknownDim(call, open));
  const total = shapeSize(x);
  if (typeof total === "number" && typeof others === "number" && total % others !== 0) throw impossible();
  return shape.with(open, divideDims(total, others));
}

function transposedShape(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const perm = intsAttribute(call.node, "perm", undefined);
  if (x === undefined) return perm && unknownShape(call, perm.length);
  if (perm === undefined) return x.toReversed();
  const axes = perm.map((axis) => normalAxis(axis, x.length));
  if (new Set(axes).size !== x.length || axes.length !== x.length || axes.some((axis) => !(axis in x))) {
    throw contradiction(call, `perm [${perm}] does not order the axes of ${shapeText(x)}`);
  }
  return axes.map((axis) => x[axis]!);
}

function flattened(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const axis = intAttribute(call.node, "axis", 1);
  if (x === undefined) return unknownShape(call, 2);
  // Unlike elsewhere, the axis may be the rank itself.
  const at = axis === x.length ? axis : axisOf(call, axis, x.length);
  return [shapeSize(x.slice(0, at)), shapeSize(x.slice(at))];
}

function squeezed(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const given = intsAt(call, "axes", 1);
  if (x === undefined || given === "unknown") return undefined;
  // Engines take no axes for all of them, as where there is no list.
  if (!given?.length) return isStatic(x) ? x.filter((dim) => dim !== 1) : undefined;
  const axes = new Set(given.map((axis) => axisOf(call, axis, x.length)));
  for (const axis of axes) {
    requireEqual(call, x[axis], 1, () => `cannot squeeze axis ${axis} of ${shapeText(x)}: it is not 1`);
  }
  return x.filter((_, i) => !axes.has(i));
}

function unsqueezed(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const given = intsAt(call, "axes", 1);
  if (x === undefined || given === undefined || given === "unknown") return undefined;
  const rank = x.length + given.length;
  const axes = new Set(given.map((axis) => axisOf(call, axis, rank)));
  if (axes.size < given.length) throw contradiction(call, `axes [${given}] repeat`);
  let next = 0;
  return Array.from({ length: rank }, (_, i) => axes.has(i) ? 1 : x[next++]!);
}

function concatenated(call: Call): Shape | undefined {
  const shapes = call.node.inputs.map((_, i) => shapeAt(call, i));
  const known = shapes.find((shape) => shape !== undefined);
  if (known === undefined) return undefined;
  const axis = axisAttribute(call, 1, known.length);
  const conflict = () => `cannot join ${shapes.map(shapeText).join(" and ")} along axis ${axis}`;
  if (shapes.some((shape) => shape && shape.length !== known.length)) throw contradiction(call, conflict());
  return known.map((_, i): Dim => {
    if (i === axis) {
      return shapes.every((shape) => shape !== undefined)
        ? shapes.map((shape) => shape[i]!).reduce(addDims)
        : unknownDim(call, i);
    }
    const sizes = shapes.flatMap((shape) => shape ? [shape[i]!] : []);
    const size = sizes.find((dim) => typeof dim === "number") ?? sizes[0]!;
    for (const other of sizes) requireEqual(call, other, size, conflict);
    return size;
  });
}

const split: ShapeRule = (call) => {
  const x = shapeAt(call);
  const type = typeAt(call);
  const count = call.node.outputs.length;
  if (x === undefined) return call.node.outputs.map(() => ({ type }));
  const axis = axisAttribute(call, 0, x.length);
  const whole = x[axis]!;
  const fixed = intsAt(call, "split", 1);
  const given: readonly Dim[] | "unknown" | undefined = fixed === "unknown"
    ? contentsAt(call, 1) ?? fixed
    : fixed;
  if (Array.isArray(given)) {
    const total = given.reduce(addDims, 0);
    requireEqual(call, total, whole, () => `cannot split axis ${axis} of ${shapeText(x)} into [${given}]`);
  }
  // Equal parts, the last one smaller where they do not come out even: only newer operator sets have such.
  const named = intAttribute(call.node, "num_outputs", undefined);
  const parts = named ?? count;
  if (parts < 1) throw contradiction(call, `it should have at least one output, but num_outputs is ${parts}`);
  const isUneven = named !== undefined || typeof whole === "number";
  const even = isUneven ? ceilDivideDims(whole, parts) : divideDims(whole, parts);
  return call.node.outputs.map((_, i) => {
    let size: Dim = even;
    if (given === "unknown") size = unknownDim(call, axis, i);
    else if (given !== undefined) size = given[i] ?? 0;
    else if (typeof whole === "number") size = Math.max(0, Math.min(Number(even), whole - i * Number(even)));
    else if (isUneven && i === parts - 1) size = subtractDims(whole, multiplyDims(even, i));
    return { type, shape: x.with(axis, size) };
  });
};

function padded(call: Call): Shape | undefined {
  const x = shapeAt(call);
  if (x === undefined) return undefined;
  const pads = intsAttribute(call.node, "pads", undefined) ??
    intsAttribute(call.node, "paddings", undefined) ?? contentsAt(call, 1);
  const given = intsAt(call, "axes", 3);
  if (pads === undefined || given === "unknown") return unknownShape(call, x.length);
  const axes = given?.map((axis) => axisOf(call, axis, x.length)) ?? [...x.keys()];
  if (pads.length !== 2 * axes.length) {
    throw contradiction(call, `pads [${pads}] should have ${2 * axes.length} entries for ${shapeText(x)}`);
  }
  const shape = [...x];
  axes.forEach((axis, i) => {
    shape[axis] = addDims(shape[axis]!, addDims(pads[i]!, pads[i + axes.length]!));
  });
  return shape;
}

function tiled(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const repeats = contentsAt(call, 1);
  if (x === undefined) return undefined;
  return repeats ? x.map((dim, i) => multiplyDims(dim, repeats[i] ?? 1)) : unknownShape(call, x.length);
}

function expanded(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const target = contentsAt(call, 1);
  if (target) return broadcastShapes(call, [x, target]);
  const length = shapeAt(call, 1)?.[0];
  return x && typeof length === "number" && length <= MOST_AXES
    ? unknownShape(call, Math.max(length, x.length)).map((dim, i, all) => {
      const own = x[i - (all.length - x.length)];
      return own === undefined || own === 1 ? dim : own;
    })
    : undefined;
}

/** Moves `block²` channels of an image into its height and width, or back. */
const blocks = (toSpace: boolean): ShapeRule => (call) => {
  const x = shapeAt(call);
  const type = typeAt(call);
  if (x === undefined) return [{ type }];
  if (x.length !== 4) throw contradiction(call, `expected [N, C, H, W], but its input is ${shapeText(x)}`);
  const block = intAttribute(call.node, "blocksize", 1);
  if (block < 1) throw contradiction(call, `blocksize ${block} should be at least 1`);
  const into = (dim: Dim, factor: number) => {
    if (typeof dim === "number" && dim % factor !== 0) {
      throw contradiction(call, `${dim} in ${shapeText(x)} is no multiple of ${factor} (blocksize ${block})`);
    }
    return divideDims(dim, factor);
  };
  const [n, c, h, w] = x as [Dim, Dim, Dim, Dim];
  const shape = toSpace
    ? [n, into(c, block * block), multiplyDims(h, block), multiplyDims(w, block)]
    : [n, multiplyDims(c, block * block), into(h, block), into(w, block)];
  return [{ type, shape }];
};

function cropped(call: Call): Shape | undefined {
  const x = shapeAt(call);
  const sizes = contentsAt(call, 1);
  if (x === undefined) return undefined;
  const axes = intsAttribute(call.node, "axes", undefined)?.map((axis) => axisOf(call, axis, x.length)) ??
    [...x.keys()];
  const shape = [...x];
  axes.forEach((axis, i) => shape[axis] = sizes?.[i] ?? unknownDim(call, axis));
  return shape;
}

/** A row whose single output has the input's type. */
const shaped = (rule: (call: Call) => Shape | undefined): ShapeRule => (call) => [{
  type: typeAt(call),
  shape: rule(call),
}];

/** Operators that move elements without looking at them. */
export const layouts: Rows = {
  Reshape: shaped(reshaped),
  Transpose: shaped(transposedShape),
  Flatten: shaped(flattened),
  Squeeze: shaped(squeezed),
  Unsqueeze: shaped(unsqueezed),
  Concat: shaped(concatenated),
  Split: split,
  Pad: shaped(padded),
  Tile: shaped(tiled),
  Expand: shaped(expanded),
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
  CenterCropPad: shaped(cropped),
};
