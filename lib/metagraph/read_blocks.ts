import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { float32Of, floats } from "../tensor/arrays.ts";
import type { BlockUse, NodeUse } from "./meta_graph.ts";

/** Whether a tensor is held by a block rather than by a layer. */
export function isBlockUse(use: BlockUse | NodeUse): use is BlockUse {
  return "block" in use;
}

/** Numbers as they lie in memory: copied as integers, so that every bit of a NaN survives. */
export function bitsOf(tensor: Tensor): Uint32Array {
  const { buffer, byteOffset, length } = floats(tensor);
  return new Uint32Array(buffer, byteOffset, length);
}

/** Where the features of a block lie in a tensor one after the other, their first place; else −1. */
export function startOfRun({ rows, columns, taps }: Omit<BlockUse, "block">): number {
  const width = columns.length || 1;
  const inRow = (offsets: Int32Array, step: number) =>
    offsets.every((offset, k) => offset - offsets[0]! === k * step);
  const straight = taps[0] !== -1 && inRow(taps, 1) && inRow(columns, taps.length) &&
    inRow(rows, width * taps.length);
  return straight ? rows[0]! + (columns[0] ?? 0) + taps[0]! : -1;
}

/** The features of a block, read from a tensor: a view of it where its order in memory allows. */
export function readBlock(tensor: Tensor, use: Omit<BlockUse, "block">, dims: readonly number[]): Tensor {
  const source = float32Of(tensor);
  const size = sizeOf(dims);
  const start = startOfRun(use);
  if (start >= 0) return new Tensor("float32", source.subarray(start, start + size), dims);
  const features = new Tensor("float32", new Float32Array(size), dims);
  const elements = new Uint32Array(source.buffer, source.byteOffset, source.length);
  copyBlock(elements, bitsOf(features), use, "to features");
  return features;
}

/** Copies a block's numbers between a tensor and its features. */
export function copyBlock(
  elements: Uint32Array,
  features: Uint32Array,
  { rows, columns, taps }: Omit<BlockUse, "block">,
  direction: "to features" | "to elements",
): void {
  const across = columns.length > 0 ? columns : ORIGIN;
  let feature = 0;
  for (let o = 0; o < rows.length; o++) {
    for (let i = 0; i < across.length; i++) {
      const start = rows[o]! + across[i]!;
      for (let t = 0; t < taps.length; t++, feature++) {
        if (taps[t]! < 0) continue;
        if (direction === "to features") features[feature] = elements[start + taps[t]!]!;
        else elements[start + taps[t]!] = features[feature]!;
      }
    }
  }
}

/** Whether two lists of bits are the same. */
export function equalBits(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Calls back with every feature of a block that holds an element of the tensor, and which. */
export function eachFeature(
  { rows, columns, taps }: Omit<BlockUse, "block">,
  visit: (feature: number, element: number) => void,
): void {
  const across = columns.length > 0 ? columns : ORIGIN;
  let feature = 0;
  for (let o = 0; o < rows.length; o++) {
    for (let i = 0; i < across.length; i++) {
      const start = rows[o]! + across[i]!;
      for (let t = 0; t < taps.length; t++, feature++) {
        if (taps[t]! >= 0) visit(feature, start + taps[t]!);
      }
    }
  }
}

const ORIGIN = Int32Array.of(0);
