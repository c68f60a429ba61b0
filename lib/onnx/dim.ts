import { RangeError } from "../errors.ts";
import { printable, quoted } from "../printable.ts";
import * as poly from "./polynomial.ts";

/**
 * A dimension: a number where it is known, otherwise a canonical expression in named unknowns
 * (`"N"`, `"2*N+1"`, `"floor((H+1)/2)"`). Equal text means equal size.
 *
 * The functions of this file keep that promise: they multiply out, sort terms, and move whole multiples out
 * of divisions. Unknowns stand for sizes, so they count as at least 0. A name that is no plain identifier
 * stands in square brackets inside a longer expression: `"2*[batch size]"`.
 */
export type Dim = number | string;

/** Outermost dimension first. */
export type Shape = readonly Dim[];

/** Whether every dimension is a number. */
export function isStatic(shape: Shape | undefined): shape is readonly number[] {
  return shape !== undefined && shape.every((dim) => typeof dim === "number");
}

/** a + b */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  return poly.toDim(poly.add(poly.fromDim(a), poly.fromDim(b)));
}

/** a − b */
export function subtractDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (b === 0) return a;
  if (a === b) return 0;
  return poly.toDim(poly.add(poly.fromDim(a), poly.scale(poly.fromDim(b), -1)));
}

/** a · b */
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b + 0; // never −0
  if (a === 0 || b === 0) return 0;
  if (a === 1) return b;
  if (b === 1) return a;
  return poly.toDim(poly.multiply(poly.fromDim(a), poly.fromDim(b)));
}

/** ⌊a / b⌋; exact quotients come out without a division. Throws RangeError where b is 0. */
export function divideDims(a: Dim, b: Dim): Dim {
  if (b === 0) throw new RangeError(`Cannot divide dimension ${quoted(a)} by zero`);
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  if (b === 1) return a;
  if (a === b) return 1;
  return poly.toDim(poly.floorDivide(poly.fromDim(a), poly.fromDim(b)));
}

/** ⌈a / b⌉ */
export function ceilDivideDims(a: Dim, b: Dim): Dim {
  return divideDims(addDims(a, subtractDims(b, 1)), b);
}

/** The larger one. */
export function maxDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
  return poly.toDim(poly.extreme("max", poly.fromDim(a), poly.fromDim(b)));
}

/** The smaller one. */
export function minDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.min(a, b);
  return poly.toDim(poly.extreme("min", poly.fromDim(a), poly.fromDim(b)));
}

/**
 * The size that two dimensions broadcast to, by NumPy's rule, or `undefined` where they cannot.
 *
 * An unknown beside a number other than 1 must be 1 or that number; two unknowns give `"broadcast(M,N)"`.
 */
export function broadcastDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "number") return typeof b === "number" ? undefined : a;
  if (typeof b === "number") return b;
  return poly.toDim(poly.broadcast(poly.fromDim(a), poly.fromDim(b)));
}

/** Number of elements of a shape, the product of its dimensions. */
export function shapeSize(shape: Shape): Dim {
  return shape.reduce(multiplyDims, 1);
}

/** How error messages write a shape. */
export function shapeText(shape: Shape | undefined): string {
  return shape ? printable(`[${shape.join(", ")}]`) : "an unknown shape";
}

/** How error messages write the length of an axis of channels. */
export const channelsText = (dim: Dim | undefined): string => `${dim} channel${dim === 1 ? "" : "s"}`;

/** The dimension with unknowns replaced, by name: a number where all its unknowns are given numbers. */
export function substituteDim(dim: Dim, bindings: ReadonlyMap<string, Dim>): Dim {
  if (typeof dim === "number" || bindings.size === 0) return dim;
  return bindings.get(dim) ?? poly.toDim(poly.substitute(dim, bindings));
}

/** The names of the unknowns in a dimension. */
export function unknownsOf(dim: Dim): string[] {
  return typeof dim === "number" ? [] : poly.unknowns(dim);
}
