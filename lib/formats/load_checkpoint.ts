import { TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { refuseStrangeFormats } from "./other_formats.ts";
import { unreadable } from "./archives/cursor.ts";
import { leftOut, recordOf, type Unreadable } from "./left_out.ts";
import { decodeNpz, isNpz } from "./npz.ts";
import { decodePytorch, decodePytorchArchive, isLegacyPytorch } from "./pytorch/pytorch.ts";
import { readSource, type Source } from "./read_source.ts";
import { decodeSafetensors, isSafetensors } from "./safetensors.ts";
import { weightsWithin } from "./pytorch/weights_within.ts";
import { isZip, readZip } from "./archives/zip.ts";

/** Settings of {@linkcode loadCheckpoint}. */
export interface LoadCheckpointOptions {
  /**
   * Which part of the file is read: keys joined with dots, as in `"params_ema"` or `"ema.module"`; the rest
   * of their path names the tensors. `""` reads all, named by their whole path. Default: the first of
   * `state_dict`, `model_state_dict`, `model`, `net`, `params`, and the averages `params_ema`,
   * `state_dict_ema`, `ema_state_dict`, `model_ema`, `ema` that there is, level by level, so averages are
   * taken only where nothing else is.
   */
  key?: string | undefined;
}

/**
 * The named tensors of a checkpoint: PyTorch (both formats), safetensors or `.npz`, told apart by their first
 * bytes.
 *
 * Where a training program keeps weights beside other things, as under `state_dict`, they are taken alone;
 * the option `key` takes others. Names stay as they are (a `module.` prefix too), and a name that
 * safetensors' metadata gives to a shared tensor is there as well. bfloat16 becomes float32, exactly.
 * {@linkcode leftOut} says what is in the file but not in the result: tensors of types that no array holds
 * (float8, complex, quantised, sparse, text, without data), and what lies beside the weights taken. To ask
 * the result for one of them by name is an error.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Tensor } from "../tensor/tensor.ts";
 * import { encodeSafetensors } from "./safetensors.ts";
 *
 * const bytes = encodeSafetensors({ "net.weight": new Tensor("float32", Float32Array.of(1, 2), [2, 1]) });
 * const tensors = await loadCheckpoint(bytes); // or the path of a .pth, .th, .safetensors or .npz file
 * assert.deepEqual(tensors["net.weight"]!.dims, [2, 1]);
 * const { weight } = await loadCheckpoint(bytes, { key: "net" });
 * assert.deepEqual(weight!.dims, [2, 1]);
 * ```
 * @throws {SyntaxError} a damaged or unknown file, one in which nothing can be read, or one with more than
 * tensors and
 *   plain data in it; nothing in a file is ever run
 * @throws {TypeError} a key under which there are no tensors
 */
export async function loadCheckpoint(
  source: Source,
  options: LoadCheckpointOptions = {},
): Promise<Record<string, Tensor>> {
  requireOptions("loadCheckpoint", options, { key: true });
  const { bytes, name } = await readSource(source);
  return decodeCheckpoint(bytes, name, options);
}

/** Reads a checkpoint from bytes, as `loadCheckpoint` does from a file; the name is for error messages. */
export function decodeCheckpoint(
  bytes: Uint8Array,
  name = "checkpoint",
  { key }: LoadCheckpointOptions = {},
): Record<string, Tensor> {
  if (key !== undefined && typeof key !== "string") {
    throw new TypeError(`Cannot read a part of ${name}: expected its key as text, found a ${typeof key}`);
  }
  const { tensors, reasons } = weightsWithin(contentsOf(bytes, name), key, name);
  if (tensors.size === 0) {
    const [odd] = reasons;
    throw unreadable(
      name,
      0,
      `expected tensors, found none${odd ? ` to read: ${JSON.stringify(odd[0])}: ${odd[1]}` : ""}`,
    );
  }
  return recordOf(tensors, reasons, name);
}

/** Everything in a file, as a tree of dictionaries and lists whose leaves are tensors and plain values. */
function contentsOf(bytes: Uint8Array, name: string): unknown {
  if (isZip(bytes)) {
    const entries = readZip(bytes, name);
    return isNpz(entries) ? flat(decodeNpz(bytes, name)) : decodePytorchArchive(entries, bytes, name);
  }
  if (isLegacyPytorch(bytes)) return decodePytorch(bytes, name);
  if (isSafetensors(bytes)) {
    const { tensors, metadata } = decodeSafetensors(bytes, name);
    return withAliases(flat(tensors), metadata);
  }
  refuseStrangeFormats(bytes, name);
  throw unreadable(
    name,
    0,
    "expected a PyTorch checkpoint (.pth, .pt, .th), safetensors or .npz, found the first bytes of none of them; " +
      "ONNX models are read by loadModel",
  );
}

type Flat = Map<string, Tensor | Unreadable>;

function flat(tensors: Record<string, Tensor>): Flat {
  const unread = Object.entries(leftOut(tensors)).map(([name, why]) => [name, { unreadable: why }] as const);
  return new Map<string, Tensor | Unreadable>([...Object.entries(tensors), ...unread]);
}

/**
 * safetensors holds a tensor with two names once; Python's `save_model` writes the other name and the one
 * kept as a pair of the metadata. The pair `format` is not one.
 */
function withAliases(tensors: Flat, metadata: Readonly<Record<string, string>>): Flat {
  for (const [name, kept] of Object.entries(metadata)) {
    const tensor = tensors.get(kept);
    if (tensor && name !== "format" && !tensors.has(name)) tensors.set(name, tensor);
  }
  return tensors;
}
