import { describe, intAttribute, intsAttribute, stringAttribute } from "../attribute.ts";
import type { Value } from "../builder.ts";
import { first, type GradientCall, type GradientRules } from "./call.ts";
import { dimValue, reshapeLike, scatterAlong } from "./shape.ts";
import { normalAxis } from "../../tensor/tensor.ts";

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

/** The factor of each axis as the node gives it; `undefined` where it gives sizes. */
function factors({ g, node, x: [, , scales] }: GradientCall, rank: number): number[] | undefined {
  const given = scales ? g.contents(scales) : undefined;
  if (!given?.length) return undefined;
  const axes = intsAttribute(node, "axes", undefined)?.map((axis) => normalAxis(axis, rank));
  const all = new Array<number>(rank).fill(1);
  given.forEach((factor, i) => all[axes?.[i] ?? i] = Number(factor));
  return all;
}

/** Whether every output of a block of `scale` takes the block's own input, whatever the length. */
function isBlocks(call: GradientCall, scale: number): boolean {
  if (!Number.isInteger(scale)) return false;
  const { coordinate, nearest } = rounding(call);
  const length = 3 * scale;
  return Array.from({ length }, (_, i) => i).every((i) =>
    Math.min(Math.max(nearest(coordinate(i, scale, 3, length)), 0), 2) === Math.floor(i / scale)
  );
}

function rounding({ node }: GradientCall) {
  const coordinate = COORDINATES[stringAttribute(node, "coordinate_transformation_mode", "half_pixel")];
  const nearest = NEAREST[stringAttribute(node, "nearest_mode", "round_prefer_floor")];
  if (stringAttribute(node, "mode", "nearest") !== "nearest" || !coordinate || !nearest) {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: only Resize in mode "nearest" has a gradient, not ` +
        `"${stringAttribute(node, "mode", "nearest")}" with ` +
        `"${stringAttribute(node, "coordinate_transformation_mode", "half_pixel")}"`,
    );
  }
  return { coordinate, nearest };
}

/** Whole factors: blocks of equal outputs, summed. */
function sumBlocks({ g }: GradientCall, dy: Value, x: Value, scales: readonly number[]): Value {
  const dims: Value[] = [];
  const blocks: number[] = [];
  scales.forEach((scale, axis) => {
    dims.push(dimValue(g, x, axis));
    if (scale === 1) return;
    blocks.push(dims.length);
    dims.push(g.ints([scale]));
  });
  const known = dims.map((dim) => g.contents(dim)?.[0]);
  const grid = known.every((dim) => typeof dim === "number") ? g.ints(known as number[]) : g.concat(dims, 0);
  return reshapeLike(g, g.reduceSum(g.reshape(dy, grid), blocks, { keepdims: false }), x);
}

const resize = first((call, dy, x) => {
  const { g, node } = call;
  const [from, to] = [g.shape(x), g.shape(dy)];
  const given = factors(call, from.length);
  const scales = from.map((dim, i) => given?.[i] ?? (dim === to[i] ? 1 : Number(to[i]) / Number(dim)));
  const { coordinate, nearest } = rounding(call);
  if (scales.every((scale) => isBlocks(call, scale))) return sumBlocks(call, dy, x, scales);
  if (
    intAttribute(node, "antialias", 0) ||
    stringAttribute(node, "keep_aspect_ratio_policy", "stretch") !== "stretch"
  ) {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: antialias and keep_aspect_ratio_policy have no gradient`,
    );
  }
  let value = dy;
  scales.forEach((scale, axis) => {
    if (scale === 1 && from[axis] === to[axis]) return;
    const [length, out] = [from[axis], to[axis]];
    if (typeof length !== "number" || typeof out !== "number") {
      throw new TypeError(
        `Cannot differentiate ${describe(node)}: axis ${axis} grows from ${length} to ${out}; ` +
          `sizes must be known unless every factor is whole`,
      );
    }
    const positions = Array.from(
      { length: out },
      (_, i) => Math.min(Math.max(nearest(coordinate(i, scale, length, out)), 0), length - 1),
    );
    value = scatterAlong(g, value, g.ints(positions), { axis, x, unique: false });
  });
  return value;
});

export const resizing: GradientRules = { Resize: resize };
