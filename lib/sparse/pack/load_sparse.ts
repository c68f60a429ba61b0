import { SyntaxError } from "../../errors.ts";
import { limits, raised } from "../../limits.ts";
import { quoted } from "../../printable.ts";
import { inflate } from "../../formats/archives/inflate.ts";
import { readSource, type Source } from "../../formats/read_source.ts";
import { decodeSafetensors } from "../../formats/safetensors.ts";
import { decodeModel } from "../../onnx/codec/decode.ts";
import type { Model } from "../../onnx/model.ts";
import { isTensor, sizeOf, Tensor } from "../../tensor/tensor.ts";
import { elements, float32Of } from "../../tensor/arrays.ts";
import { keptCount } from "../mask_bits.ts";
import type { Mask, Masks } from "../../train/weight_mask.ts";
import { checksumOf, type PackedEntry } from "./save_sparse.ts";
import { SPARSE_FORMAT } from "./sparse_format.ts";
import { positionsOf } from "./positions.ts";
import { PACKINGS } from "./table.ts";

/** A model from a small file, and which of its weights were stored. */
export interface SparseModel {
  /** The model as it was saved. */
  model: Model;
  /** Which weights of each packed tensor were stored. */
  masks: Masks;
}

/** Tensors unpack to so many times the file's bytes, or to as many as may be unpacked of any file. */
const GROWTH = 1000;

/**
 * Reads what {@linkcode saveSparse} wrote: the same model bit for bit, or its weights rounded where halves
 * were asked for. Counts, places and checksums are verified first.
 *
 * @throws SyntaxError where the file is not whole, or something in it does not fit
 * @throws Error where it cannot be read
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../../nn/mlp.ts";
 * import { maskWeights } from "../masks.ts";
 * import { saveSparse } from "./save_sparse.ts";
 *
 * const masks = { "0.weight": { dims: [3, 2], bits: Uint8Array.of(0b100001) } };
 * const model = maskWeights(mlp({ sizes: [2, 3] }), masks);
 * const folder = await Deno.makeTempDir();
 * await saveSparse(model, `${folder}/small.safetensors`, { masks });
 * const again = await loadSparse(`${folder}/small.safetensors`);
 * assert.deepEqual(again.model.toOnnx(), model.toOnnx());
 * assert.deepEqual(again.masks, masks);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadSparse(source: Source): Promise<SparseModel> {
  const { bytes, name } = await readSource(source);
  return decodeSparse(bytes, name);
}

/** {@linkcode loadSparse} for bytes; `name` is what messages call them. */
export function decodeSparse(bytes: Uint8Array, name = "the given bytes"): SparseModel {
  const fail = (message: string, cause?: unknown) =>
    new SyntaxError(`Cannot read ${name}: ${message}; the file is damaged, or of another program`, { cause });
  const { tensors, metadata, checked } = decodeSafetensors(bytes, name);
  if (metadata.format !== SPARSE_FORMAT) {
    throw fail(`expected format ${quoted(SPARSE_FORMAT)}, found ${quoted(metadata.format ?? "")}`);
  }
  requireParts(tensors, fail);
  if (!checked && metadata.checksum !== checksumOf(tensors)) throw fail("its checksum is wrong");
  const [graphBytes = NaN, layerBytes = NaN] = (metadata.sizes ?? "").split(" ").map(Number);
  const unpack = (part: string, size: number): Uint8Array => {
    try {
      return inflate(elements(tensors[part]!, "uint8"), size);
    } catch (error) {
      throw fail(`its ${part} cannot be unpacked: ${(error as Error).message}`, error);
    }
  };
  const entries = readEntries(unpack("layers", layerBytes), bytes.length, fail);
  const skeleton = decodeModel(unpack("graph", graphBytes), { file: name });
  const positions = elements(tensors.positions!, "uint8");
  const values = float32Of(tensors.values!);
  const [needed, stored] = [total(entries, "bytes"), total(entries, "kept")];
  if (needed !== positions.length || stored !== values.length) {
    throw fail(
      `its layers need ${needed} bytes of places and ${stored} values, found ${positions.length} and ${values.length}`,
    );
  }
  const initializers = new Map(skeleton.graph.initializers);
  const masks = new Map<string, Mask>();
  let [at, next] = [0, 0];
  for (const entry of entries) {
    const place = initializers.get(entry.name);
    if (!place || !isTensor(place) || place.type !== "float32" || place.dims.join() !== "0") {
      throw fail(`its graph has no place for ${quoted(entry.name)}`);
    }
    const mask = readMask(entry, positions.subarray(at, at += entry.bytes), fail);
    masks.set(entry.name, mask);
    const weights = new Float32Array(sizeOf(entry.dims));
    for (const position of positionsOf(mask)) weights[position] = values[next++]!;
    initializers.set(entry.name, new Tensor("float32", weights, entry.dims));
  }
  return { model: skeleton.withGraph({ ...skeleton.graph, initializers }), masks: Object.fromEntries(masks) };
}

type Fail = (message: string, cause?: unknown) => SyntaxError;

function requireParts(tensors: Record<string, Tensor>, fail: Fail): void {
  for (const part of ["graph", "layers", "positions"]) {
    if (tensors[part]?.type !== "uint8") throw fail(`expected bytes ${quoted(part)}`);
  }
  if (!["float32", "float16"].includes(tensors.values?.type ?? "")) throw fail(`expected floats "values"`);
}

function readEntries(bytes: Uint8Array, fileLength: number, fail: Fail): PackedEntry[] {
  let entries: unknown;
  try {
    entries = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw fail("its list of layers is no JSON", error);
  }
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);
  const isEntry = (entry: unknown): entry is PackedEntry => {
    const { name, dims, packing, numbers, kept, bytes } = (entry ?? {}) as Record<string, unknown>;
    return typeof name === "string" && isCounts(dims) && isCounts(numbers) && isCount(kept) &&
      isCount(bytes) &&
      typeof packing === "string" && Object.hasOwn(PACKINGS, packing);
  };
  if (!Array.isArray(entries) || !entries.every(isEntry)) throw fail("its list of layers is none");
  const claimed = entries.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
  if (!(4 * claimed <= Math.max(GROWTH * fileLength, limits().unpackedBytes))) {
    throw fail(
      `its layers claim ${claimed} weights, too many for a file of ${fileLength} bytes (${
        raised("unpackedBytes")
      })`,
    );
  }
  if (new Set(entries.map(({ name }) => name)).size < entries.length) throw fail("it lists a layer twice");
  return entries;
}

function readMask({ name, dims, packing, numbers, kept }: PackedEntry, bytes: Uint8Array, fail: Fail): Mask {
  let mask: Mask;
  try {
    mask = PACKINGS[packing].decode({ bytes, numbers }, dims);
  } catch (error) {
    throw fail(`the places of ${quoted(name)} are none: ${(error as Error).message}`, error);
  }
  if (keptCount(mask) === kept) return mask;
  throw fail(`${quoted(name)} has ${keptCount(mask)} places for ${kept} weights`);
}

function total(entries: readonly PackedEntry[], field: "bytes" | "kept"): number {
  return entries.reduce((sum, entry) => sum + entry[field], 0);
}
