import { TypeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Placeholder for a tensor that a file holds and that cannot be read as one: it says why. */
export interface Unreadable {
  /** Reason why it is no tensor, in words, as in "a quantised tensor (qint8)". */
  readonly unreadable: string;
}

/** Whether a value stands for a tensor that cannot be read. */
export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === "object" && value !== null && "unreadable" in value;
}

/** Shown with a record of tensors and copied with it, but no name among theirs. */
const LEFT_OUT = Symbol("left out");

/**
 * Entries of a file that were not read as tensors: the reason by name, empty where nothing is missing. Of the
 * records of {@linkcode loadCheckpoint}, {@linkcode decodeSafetensors} and {@linkcode decodeNpz}.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Tensor } from "../tensor/tensor.ts";
 * import { decodeCheckpoint } from "./load_checkpoint.ts";
 * import { encodeSafetensors } from "./safetensors.ts";
 *
 * const tensors = decodeCheckpoint(encodeSafetensors({ w: new Tensor("float32", Float32Array.of(1), [1]) }));
 * assert.deepEqual(leftOut(tensors), {});
 * ```
 */
export function leftOut(tensors: Readonly<Record<string, Tensor>>): Record<string, string> {
  return (tensors as { [LEFT_OUT]?: Record<string, string> })[LEFT_OUT] ?? {};
}

/**
 * Tensors by name, in a record without a prototype, so that no name means anything else. What was left out is
 * no entry, but asking for it by name is an error that says why.
 *
 * @param file what they are of, for that error
 */
export function recordOf(
  tensors: Iterable<readonly [string, Tensor]>,
  reasons: ReadonlyMap<string, string>,
  file: string,
): Record<string, Tensor> {
  const record: Record<string, Tensor> & { [LEFT_OUT]?: Record<string, string> } = Object.create(null);
  for (const [name, tensor] of tensors) record[name] = tensor;
  for (const [name, why] of reasons) {
    if (name in record) continue;
    const get = (): never => {
      throw new TypeError(`Cannot read ${quoted(name)} of ${file}: ${why}`);
    };
    Object.defineProperty(record, name, { get, enumerable: false });
  }
  if (reasons.size > 0) record[LEFT_OUT] = Object.assign(Object.create(null), Object.fromEntries(reasons));
  return record;
}
