import type { Tensor } from "../../lib/tensor/tensor.ts";

/** The bytes of a file that `make_format_fixtures.py` wrote. */
export function fixture(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../fixtures/formats/${name}`, import.meta.url));
}

/** Element i of every fixture array, by the formula of `make_format_fixtures.py`. */
export function expectedElement(type: Tensor.Type, i: number): number {
  const value = (i * 37) % 101;
  if (type === "bool") return value % 2;
  if (type.startsWith("uint")) return value;
  return type.startsWith("float") ? (value - 50) / 8 : value - 50;
}

/** The elements of a whole fixture array. */
export function expectedElements(type: Tensor.Type, count: number): number[] {
  return Array.from({ length: count }, (_, i) => expectedElement(type, i));
}
