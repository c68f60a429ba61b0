import type { DataType } from "./tensor.ts";

/**
 * A number as a cast to an element type makes it, but for the rounding and the room of the type: whole types
 * drop what follows the point, and to bool everything but 0 is 1.
 *
 * Source: the ONNX standard, operator Cast.
 */
export function castNumber(value: number, type: DataType): number {
  if (type === "bool") return Number(value !== 0);
  return /float/.test(type) ? value : Math.trunc(value);
}
