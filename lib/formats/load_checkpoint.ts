import { Tensor } from "../deps.ts";
import { refuseStrangeFormats } from "../onnx/other_formats.ts";
import { unreadable } from "./cursor.ts";
import { decodePytorch, isLegacyPytorch } from "./pytorch.ts";
import { readSource, type Source } from "./read_source.ts";
import { decodeSafetensors, isSafetensors } from "./safetensors.ts";
import { decodeNpz, isNpz } from "./npz.ts";
import { isZip, readZip } from "./zip.ts";

/** Under these keys training programs keep the weights beside everything else, likeliest first. */
const WEIGHT_KEYS = ["state_dict", "model_state_dict", "model", "net", "params"];

/** Nesting that is followed; deeper is no checkpoint. */
const MOST_DEPTH = 32;

/**
 * The named tensors of a checkpoint: PyTorch (both formats), safetensors or `.npz`, told apart by their first bytes.
 *
 * Weights under `state_dict`, `model` and the like are taken alone; otherwise every tensor is named by its path,
 * joined with dots. Names stay as they are (a `module.` prefix too). bfloat16 becomes float32, exactly.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Tensor } from "../deps.ts";
 * import { encodeSafetensors } from "./safetensors.ts";
 *
 * const bytes = encodeSafetensors({ weight: new Tensor("float32", Float32Array.of(1, 2), [2, 1]) });
 * const { weight } = await loadCheckpoint(bytes); // or the path of a .pth, .th, .safetensors or .npz file
 * assert.deepEqual(weight!.dims, [2, 1]);
 * ```
 * @throws {SyntaxError} a damaged or unknown file, or one with more than tensors and plain data in it; nothing in
 *   a file is ever run
 */
export async function loadCheckpoint(source: Source): Promise<Record<string, Tensor>> {
  const { bytes, name } = await readSource(source);
  return decodeCheckpoint(bytes, name);
}

/** As `loadCheckpoint`, from bytes; the name is for error messages. */
export function decodeCheckpoint(bytes: Uint8Array, name = "checkpoint"): Record<string, Tensor> {
  if (isZip(bytes) && isNpz(readZip(bytes, name))) return decodeNpz(bytes, name);
  if (isZip(bytes) || isLegacyPytorch(bytes)) return tensorsOf(decodePytorch(bytes, name), name);
  if (isSafetensors(bytes)) return decodeSafetensors(bytes, name).tensors;
  refuseStrangeFormats(bytes, name);
  throw unreadable(
    name,
    0,
    "expected a PyTorch checkpoint (.pth, .pt, .th), safetensors or .npz, found the first bytes of none of them; " +
      "ONNX models are read by loadModel",
  );
}

/** The value under the first key of weights that there is, level by level. */
function unwrap(root: unknown): unknown {
  let value = root;
  for (let depth = 0; depth < MOST_DEPTH && value instanceof Map; depth++) {
    const holder: Map<unknown, unknown> = value;
    const key = WEIGHT_KEYS.find((key) => holder.get(key) instanceof Map);
    if (key === undefined) break;
    value = holder.get(key);
  }
  return value;
}

function tensorsOf(root: unknown, name: string): Record<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  // What is shared is visited once, so a small file cannot ask for endless work.
  const seen = new Set<object>();
  const collect = (value: unknown, path: string, depth: number): void => {
    if (value instanceof Tensor) {
      if (tensors.has(path)) throw unreadable(name, 0, `two tensors are called ${JSON.stringify(path)}`);
      tensors.set(path, value);
      return;
    }
    if (!(value instanceof Map || Array.isArray(value)) || seen.has(value)) return;
    if (depth > MOST_DEPTH) throw unreadable(name, 0, `found values nested more than ${MOST_DEPTH} deep`);
    seen.add(value);
    for (const [key, item] of value.entries()) {
      if (typeof key !== "string" && typeof key !== "number") continue;
      collect(item, path === "" ? String(key) : `${path}.${key}`, depth + 1);
    }
  };
  collect(unwrap(root), "", 0);
  if (tensors.size === 0) throw unreadable(name, 0, "expected tensors, found none");
  return Object.fromEntries(tensors);
}
