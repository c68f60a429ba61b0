/**
 * A dimension: a number where it is known, otherwise a canonical expression in named unknowns
 * (`"N"`, `"2*N+1"`, `"floor((H-1)/2)"`). Equal text means equal size.
 */
export type Dim = number | string;

/** Outermost dimension first. */
export type Shape = readonly Dim[];

/** Whether every dimension is a number. */
export function isStatic(shape: Shape | undefined): shape is readonly number[] {
  return shape !== undefined && shape.every((dim) => typeof dim === "number");
}
