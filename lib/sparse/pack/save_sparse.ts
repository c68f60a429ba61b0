import { requireMasks } from "../require_masks.ts";
import { RangeError, TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { requireOptions, requireWords } from "../../options.ts";
import { deflateSync } from "../../deps.ts";
import { crc32 } from "../../files/crc32.ts";
import { encodeSafetensors } from "../../formats/safetensors.ts";
import { requireEnding } from "../../files/require_ending.ts";
import { pathOf, replaceFile } from "../../files/replace_files.ts";
import { isFloat, weightsOf } from "../../nn/weights.ts";
import { constantsToInitializers } from "../../onnx/passes/constants_to_initializers.ts";
import type { Model } from "../../onnx/model.ts";
import { Tensor, type TensorType } from "../../tensor/tensor.ts";
import { bytesOf, float32Of, floats } from "../../tensor/arrays.ts";
import { maskWithout } from "../mask_bits.ts";
import type { Mask, Masks } from "../../train/weight_mask.ts";
import { isPrunable } from "../is_prunable.ts";
import type { Packed } from "./packing.ts";
import { positionsOf } from "./positions.ts";
import { type PackingName, PACKINGS } from "./table.ts";
import { SPARSE_FORMAT } from "./sparse_format.ts";

/** Settings of {@linkcode saveSparse}. */
export interface SaveSparseOptions {
  /** Which weights are stored, as `fit` gave them. Default: those that are not zero. */
  masks?: Masks | undefined;
  /** How their places are written. Default: the shortest way for each tensor. */
  packing?: PackingName | undefined;
  /** How their values are written: exactly, or rounded to halves. Default float32. */
  values?: "float32" | "float16" | undefined;
}

/** One packed tensor, as the file lists them. */
export interface PackedEntry {
  /** Name of the tensor. */
  name: string;
  /** Shape of the tensor. */
  dims: readonly number[];
  /** Packing of the places of its weights. */
  packing: PackingName;
  /** Numbers that the packing needs to read the positions: Rice's k, a pattern. */
  numbers: readonly number[];
  /** Weights that are stored. */
  kept: number;
  /** Bytes of their positions. */
  bytes: number;
}

/**
 * Writes a model with many zeros to a small file, which {@linkcode loadSparse} reads back bit for bit. The
 * file is a safetensors file: the graph and all other tensors as compressed ONNX, places and values of the
 * packed ones, which are those of float32.
 *
 * @throws TypeError where a mask does not fit the model, or would lose a weight that is not zero
 * @throws RangeError where the path does not end in .safetensors, or a value is too large for a half
 * @throws Error where the file cannot be written
 */
export async function saveSparse(
  model: Model,
  path: string | URL,
  options: SaveSparseOptions = {},
): Promise<void> {
  requireOptions("saveSparse", options, { masks: true, packing: true, values: true });
  const target = requireEnding(pathOf(path, "model"), {
    does: "save a sparse model",
    endings: [".safetensors"],
    elsewhere: "a model as ONNX is written by saveModel (.onnx)",
  });
  await replaceFile(target, encodeSparse(model, options));
}

/** The bytes of the file that {@linkcode saveSparse} writes. */
export function encodeSparse(
  original: Model,
  { masks, packing, values = "float32" }: SaveSparseOptions = {},
): Uint8Array {
  requireWords("save a sparse model", { values }, { values: { float32: true, float16: true } });
  if (masks !== undefined) requireMasks("call saveSparse", masks);
  const model = constantsToInitializers(original);
  const chosen = masks ?? nonZeros(model);
  const initializers = new Map(model.graph.initializers);
  const entries: PackedEntry[] = [];
  const positions: Uint8Array[] = [];
  const stored: Float32Array[] = [];
  for (const [name, mask] of Object.entries(chosen)) {
    const { dims, type, data } = tensorOf(model, name, mask);
    const places = positionsOf(mask);
    requireNothingLost(name, data, Float32Array.from(places, (place) => data[place]!));
    if (type !== "float32") continue;
    const { name: packed, bytes, numbers } = shortest(mask, packing, name);
    entries.push({ name, dims, packing: packed, numbers, kept: places.length, bytes: bytes.length });
    positions.push(bytes);
    stored.push(Float32Array.from(places, (place) => data[place]!));
    if (values === "float16") requireHalves(name, stored.at(-1)!);
    initializers.set(name, new Tensor("float32", new Float32Array(), [0]));
  }
  const graph = model.withGraph({ ...model.graph, initializers }).toOnnx();
  const layers = new TextEncoder().encode(JSON.stringify(entries));
  const all = joined(stored, Float32Array);
  const half = values === "float16" ? Float16Array.from(all) : undefined;
  const parts = {
    graph: bytesTensor(deflateSync(graph, { level: 9 })),
    layers: bytesTensor(deflateSync(layers, { level: 9 })),
    positions: bytesTensor(joined(positions, Uint8Array)),
    values: half
      ? new Tensor("float16", new Uint16Array(half.buffer), [half.length])
      : new Tensor("float32", all, [all.length]),
  };
  return encodeSafetensors(parts, {
    metadata: { format: SPARSE_FORMAT, sizes: `${graph.length} ${layers.length}` },
    checksum: true,
  });
}

/** CRC-32 of all parts, in hex, which older files carry instead of a checksum of all bytes. */
export function checksumOf(parts: Readonly<Record<string, Tensor>>): string {
  return ["graph", "layers", "positions", "values"]
    .map((name) => crc32(bytesOf(parts[name]!)).toString(16))
    .join(" ");
}

/** Weights whose bits are not all zero: −0 is stored, too. */
function nonZeros(model: Model): Masks {
  return Object.fromEntries(
    weightsOf(model).filter((weight) => isPrunable(weight) && weight.tensor.type === "float32").map((
      { name, tensor },
    ) => [
      name,
      maskWithout(
        tensor.dims,
        (drop) => floats(tensor).forEach((value, i) => Object.is(value, 0) && drop(i)),
      ),
    ]),
  );
}

function tensorOf(
  model: Model,
  name: string,
  mask: Mask,
): { dims: readonly number[]; type: TensorType; data: Float32Array } {
  const tensor = model.graph.initializers.get(name);
  if (isFloat(tensor) && tensor.dims.join() === mask.dims.join()) {
    return { dims: tensor.dims, type: tensor.type, data: float32Of(tensor) };
  }
  throw new TypeError(
    `Cannot pack ${quoted(name)}: its mask has shape [${mask.dims.join(", ")}], the model has ${
      tensor ? `${tensor.type}[${tensor.dims.join(", ")}]` : "no such tensor"
    }`,
  );
}

function requireNothingLost(name: string, data: Float32Array, stored: Float32Array): void {
  const count = (values: Float32Array) =>
    values.reduce((sum, value) => sum + Number(!Object.is(value, 0)), 0);
  const lost = count(data) - count(stored);
  if (lost === 0) return;
  throw new TypeError(
    `Cannot pack ${
      quoted(name)
    }: ${lost} of its weights are not zero, but its mask leaves them out; mask the model first`,
  );
}

function requireHalves(name: string, stored: Float32Array): void {
  const large = stored.find((value) => Number.isFinite(value) && !Number.isFinite(Math.f16round(value)));
  if (large === undefined) return;
  throw new RangeError(
    `Cannot pack ${
      quoted(name)
    } with values float16: its weight ${large} is beyond 65504, the largest half ` +
      `float; leave values out`,
  );
}

function shortest(mask: Mask, asked: PackingName | undefined, name: string): Packed & { name: PackingName } {
  if (asked !== undefined && !Object.hasOwn(PACKINGS, asked)) {
    throw new TypeError(
      `Cannot pack by ${quoted(asked)}: expected one of ${Object.keys(PACKINGS).join(", ")}`,
    );
  }
  const names = asked ? [asked] : Object.keys(PACKINGS) as PackingName[];
  const found = names.flatMap((name) => {
    const packed = PACKINGS[name].encode(mask);
    return packed ? [{ ...packed, name }] : [];
  });
  if (found.length === 0) {
    throw new TypeError(
      `Cannot pack ${
        quoted(name)
      } by ${asked}: its zeros have no such pattern; leave packing out, or take another`,
    );
  }
  return found.reduce((best, one) => one.bytes.length < best.bytes.length ? one : best);
}

function bytesTensor(bytes: Uint8Array): Tensor {
  return new Tensor("uint8", bytes, [bytes.length]);
}

function joined<T extends Uint8Array | Float32Array>(
  parts: readonly T[],
  type: new (length: number) => T,
): T {
  const whole = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
