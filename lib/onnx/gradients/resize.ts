import { TypeError } from "../../errors.ts";
import { describe, intsAttribute, stringAttribute } from "../attribute.ts";
import type { Value } from "../builder.ts";
import type { Dim } from "../dim.ts";
import { float32, normalAxis } from "../../tensor/tensor.ts";
import { first, type GradientCall, type GradientRules } from "./call.ts";
import { dimValue, identityAlong, reshapeLike } from "./shape.ts";

/** Where an output coordinate lies in the input, by `coordinate_transformation_mode`. */
const COORDINATES: Record<string, (at: number, scale: number, from: number, to: number) => number> = {
  asymmetric: (at, scale) => at / scale,
  half_pixel: (at, scale) => (at + 0.5) / scale - 0.5,
  pytorch_half_pixel: (at, scale, _, to) => to > 1 ? (at + 0.5) / scale - 0.5 : 0,
  align_corners: (at, _, from, to) => to > 1 ? at * (from - 1) / (to - 1) : 0,
  half_pixel_symmetric: (at, scale, from, to) =>
    from / 2 * (1 - to / (scale * from)) + (at + 0.5) / scale - 0.5,
};

/** Which neighbour is the nearest, by `nearest_mode`. */
const NEAREST: Record<string, (at: number) => number> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** An axis of the input, and its sizes in input and output. */
interface Resized {
  axis: number;
  before: Dim;
  after: Dim;
}

/** An axis of the input: by which factor it grows, where that is known, and its place among the factors. */
interface Grown {
  axis: number;
  scale: number | undefined;
  place: number | undefined;
}

/** The axes that a node may make longer or shorter, in the order of its list, with sizes before and after. */
function resizedAxes({ g, node, x: [image], y: [result] }: GradientCall): Resized[] {
  const [from, to] = [g.shape(image!), g.shape(result!)];
  const axes = intsAttribute(node, "axes", undefined)?.map((axis) => normalAxis(axis, from.length)) ??
    from.map((_, axis) => axis);
  return axes.map((axis) => ({ axis, before: from[axis]!, after: to[axis]! }));
}

/** The axes that a node makes longer or shorter. */
function grownAxes(call: GradientCall): Grown[] {
  const { g, x: [, , scales] } = call;
  const resized = resizedAxes(call);
  const given = scales ? g.contents(scales) : undefined;
  const bySizes = !scales || given?.length === 0;
  if (bySizes) requireStretched(call, resized);
  return resized.map(({ axis, before, after }, place): Grown => {
    if (!bySizes) {
      const scale = given?.[place];
      return { axis, scale: typeof scale === "number" ? scale : undefined, place };
    }
    const known = typeof before === "number" && typeof after === "number";
    return { axis, scale: before === after ? 1 : known ? after / before : undefined, place: undefined };
  }).filter(({ scale }) => scale !== 1);
}

/**
 * Refuses to keep the ratio of axes that do not grow alike: where the one factor does not give whole sizes,
 * coordinates follow from it, and no longer from the sizes of each axis by itself.
 */
function requireStretched({ node }: GradientCall, resized: readonly Resized[]): void {
  const policy = stringAttribute(node, "keep_aspect_ratio_policy", "stretch");
  const [first] = resized;
  const alike = resized.every(({ before, after }) => before === after) ||
    resized.every(({ before, after }) =>
      Number(after) * Number(first!.before) === Number(first!.after) * Number(before)
    );
  if (policy === "stretch" || alike) return;
  throw new TypeError(
    `Cannot differentiate ${
      describe(node)
    }: keep_aspect_ratio_policy "${policy}" makes its axes grow by a factor ` +
      `that does not give their sizes; give scales in place of sizes, or the sizes of one factor`,
  );
}

/** Whether every output of a block of `scale` takes the block's own input, whatever the length. */
function isBlocks({ node }: GradientCall, scale: number | undefined): scale is number {
  const coordinate = COORDINATES[stringAttribute(node, "coordinate_transformation_mode", "half_pixel")];
  const nearest = NEAREST[stringAttribute(node, "nearest_mode", "round_prefer_floor")];
  const blocks = stringAttribute(node, "mode", "nearest") === "nearest" && Number.isInteger(scale);
  if (!blocks || !coordinate || !nearest) return false;
  const length = 3 * scale!;
  return Array.from({ length }, (_, i) => i).every((i) =>
    Math.min(Math.max(nearest(coordinate(i, scale!, 3, length)), 0), 2) === Math.floor(i / scale!)
  );
}

/** Whole factors: blocks of equal outputs, summed. */
function sumBlocks({ g }: GradientCall, dy: Value, x: Value, grown: readonly Grown[]): Value {
  const dims: Value[] = [];
  const blocks: number[] = [];
  g.shape(x).forEach((_, axis) => {
    dims.push(dimValue(g, x, axis));
    const scale = grown.find((other) => other.axis === axis)?.scale;
    if (scale === undefined) return;
    blocks.push(dims.length);
    dims.push(g.ints([scale]));
  });
  const known = dims.map((dim) => g.contents(dim)?.[0]);
  const grid = known.every((dim) => typeof dim === "number") ? g.ints(known as number[]) : g.concat(dims, 0);
  return reshapeLike(g, g.reduceSum(g.reshape(dy, grid), blocks, { keepdims: false }), x);
}

/**
 * The matrix [out, in] that interpolating along an axis multiplies with: what the node makes of the identity.
 * So every mode and way of counting coordinates is the engine's own, and lengths may be unknown.
 */
function interpolation(call: GradientCall, { axis, place }: Grown): Value {
  const { g, node, x: [x, , scales], y: [y] } = call;
  const { axes: _, keep_aspect_ratio_policy: __, ...attributes } = node.attributes;
  const factor = place === undefined
    ? undefined
    : g.concat([g.slice(scales!, [place], [place + 1], [0]), g.constant(float32([1]))], 0);
  const sizes = place === undefined ? g.concat([dimValue(g, y!, axis), dimValue(g, x!, axis)], 0) : undefined;
  const [matrix] = g.node("Resize", [identityAlong(g, x!, axis), undefined, factor, sizes], attributes);
  g.declare(matrix!, { type: "float32", shape: [g.shape(y!)[axis]!, g.shape(x!)[axis]!] });
  const type = g.info(x!).type ?? "float32";
  return type === "float32" ? matrix! : g.cast(matrix!, type);
}

/** `value` times a matrix [out, in] along an axis of length out. */
function multiplyAlong({ g }: GradientCall, value: Value, matrix: Value, axis: number): Value {
  const rank = g.shape(value).length;
  if (axis === rank - 1) return g.matMul(value, matrix);
  const perm = Array.from({ length: rank }, (_, i) => i);
  if (axis === rank - 2) return g.matMul(g.transpose(matrix, [1, 0]), value);
  [perm[axis], perm[rank - 1]] = [rank - 1, axis];
  return g.transpose(g.matMul(g.transpose(value, perm), matrix), perm);
}

/** Resize is linear along each axis by itself, so its gradient is a product with each axis' matrix. */
const resize = first((call, dy, x) => {
  const { node } = call;
  const mode = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  if (mode === "tf_crop_and_resize") {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: cropping by "tf_crop_and_resize" has no gradient; ` +
        `cut with Slice first and resize by another coordinate_transformation_mode`,
    );
  }
  const grown = grownAxes(call);
  if (grown.length === 0) return dy;
  if (grown.every(({ scale }) => isBlocks(call, scale))) return sumBlocks(call, dy, x, grown);
  return grown.reduce(
    (value, one) => multiplyAlong(call, value, interpolation(call, one), one.axis),
    dy,
  );
});

export const resizing: GradientRules = { Resize: resize };
