import { TypeError } from "../../errors.ts";
import { describe, intAttribute, stringAttribute } from "../attribute.ts";
import type { Value } from "../builder.ts";
import { type GradientCall, type GradientRules, madeOf } from "./call.ts";
import { dimValue } from "./shape.ts";

/** Length of an axis as a number of the element type, and as an int64. */
interface Length {
  real: Value;
  whole: Value;
}

/** Where a coordinate between −1 and 1 lies among the places of an axis. */
function placeOf({ g, node, constant }: GradientCall, at: Value, { real }: Length): Value {
  const half = g.mul(g.add(at, constant(1)), constant(0.5));
  if (intAttribute(node, "align_corners", 0)) return g.mul(half, g.sub(real, constant(1)));
  return g.sub(g.mul(half, real), constant(0.5));
}

/** A place outside brought inside, where the padding is one of what is there. */
function inside({ g, node, constant }: GradientCall, place: Value, { real }: Length): Value {
  const padding = stringAttribute(node, "padding_mode", "zeros");
  if (padding === "zeros") return place;
  const last = g.sub(real, constant(1));
  const clipped = (value: Value) => g.min(g.max(value, constant(0)), last);
  if (padding === "border") return clipped(place);
  // Mirrored at the outermost places, or at the outer edges of these.
  const corners = intAttribute(node, "align_corners", 0);
  const low = constant(corners ? 0 : -0.5);
  const span = corners ? last : real;
  const turn = g.mul(span, constant(2));
  const rest = g.mod(g.abs(g.sub(place, low)), turn, 1);
  return clipped(g.add(g.min(rest, g.sub(turn, rest)), low));
}

/** Neighbours along one axis: their places as whole numbers, and what each weighs. */
function neighbours(
  { g, node, constant }: GradientCall,
  place: Value,
): { at: Value; weight: Value | undefined }[] {
  if (stringAttribute(node, "mode", "linear") === "nearest") {
    return [{ at: g.round(place), weight: undefined }];
  }
  const low = g.floor(place);
  const weight = g.sub(place, low);
  return [
    { at: low, weight: g.sub(constant(1), weight) },
    { at: g.add(low, constant(1)), weight },
  ];
}

/** Interpolation at places that are given, as a sum over their neighbours, each looked up and weighed. */
const gridSample = madeOf((call, [x, grid]) => {
  const { g, node, constant } = call;
  const mode = stringAttribute(node, "mode", "linear");
  if (mode !== "linear" && mode !== "nearest") {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: expected mode "linear" or "nearest", found "${mode}"; ` +
        `use one of these where it is trained`,
    );
  }
  const spatial = g.shape(x!).length - 2;
  const type = g.info(x!).type ?? "float32";
  const lengths = Array.from({ length: spatial }, (_, axis): Length => {
    const whole = dimValue(g, x!, 2 + axis);
    return { whole, real: g.cast(whole, type) };
  });
  // [batch, 1, places], coordinates of the last axis first in the grid.
  const flat = g.concat([dimValue(g, grid!, 0), g.ints([1, -1])], 0);
  const along = lengths.map((length, axis) => {
    const at = g.reshape(g.slice(grid!, [spatial - 1 - axis], [spatial - axis], [spatial + 1]), flat);
    return neighbours(call, inside(call, placeOf(call, at, length), length));
  });
  const image = g.reshape(x!, g.concat([dimValue(g, x!, 0), dimValue(g, x!, 1), g.ints([-1])], 0));
  const corners = along.reduce<{ at: Value; weight: Value | undefined }[][]>(
    (found, axis) => found.flatMap((corner) => axis.map((one) => [...corner, one])),
    [[]],
  );
  const sum = corners.map((corner) => {
    let index: Value | undefined;
    let weight: Value | undefined;
    corner.forEach(({ at, weight: own }, axis) => {
      const { real, whole } = lengths[axis]!;
      const last = g.sub(real, constant(1));
      const known = g.cast(g.and(g.greaterOrEqual(at, constant(0)), g.lessOrEqual(at, last)), type);
      const place = g.cast(g.min(g.max(at, constant(0)), last), "int64");
      index = index ? g.add(g.mul(index, whole), place) : place;
      weight = [weight, own, known].filter((value) => value !== undefined).reduce((a, b) => g.mul(a, b));
    });
    const all = g.concat([dimValue(g, image, 0), dimValue(g, image, 1), g.ints([1])], 0);
    return g.mul(g.gatherElements(image, g.expand(index!, all), 2), weight!);
  }).reduce((a, b) => g.add(a, b));
  const places = Array.from({ length: spatial }, (_, axis) => dimValue(g, grid!, 1 + axis));
  return [g.reshape(sum, g.concat([dimValue(g, x!, 0), dimValue(g, x!, 1), ...places], 0))];
});

export const gridSampling: GradientRules = { GridSample: gridSample };
