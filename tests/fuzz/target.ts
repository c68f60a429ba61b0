import assert from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import type { Damage } from "./mutate.ts";

/** Far above what any seed here holds, far below what would hurt. */
const MOST_BYTES = 64 * 2 ** 20;

/** A format to damage files of, and who reads them. */
export interface Target {
  name: string;
  seed: () => Uint8Array;
  /** Damage that keeps to the format's grammar, so that it gets past the parser: every second one. */
  damage?: Damage;
  /** Puts checksums right again, so that damage gets past them. */
  reseal?: (bytes: Uint8Array) => Uint8Array;
  decode: (bytes: Uint8Array, name: string) => unknown;
  /** What every error says. Default: file and byte. */
  clear?: RegExp;
  /** Whether it takes milliseconds: the tests try fewer of these. */
  slow?: boolean;
}

/** Messages of the language itself, not ours, would say neither file nor place. */
export const CLEAR = /^Cannot read (?:fuzzed file|the given bytes).*at byte \d+$/s;

/** A sentence of ours: the language has messages, too, that begin like one. */
export const SENTENCE =
  /^Cannot (?!(?:read|set) properties of|convert .* to (?:object|primitive|a )|mix BigInt|destructure |access '|assign to |(?:add|delete|redefine|define|create) property|use 'in'|perform )/s;

/** A sentence of ours that names the file. */
export const NAMED = new RegExp(`${SENTENCE.source}.*(?:fuzzed file|the given bytes)`, "s");

/** A full result is whole tensors, or a whole picture: sizes and elements agree, and it is not too large. */
export function checkWhole(result: unknown): void {
  let bytes = 0;
  const visit = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    if (value instanceof Tensor) {
      assert.ok(value.data.length === value.dims.reduce((a, b) => a * b, 1));
      // Texts are no bytes.
      bytes += (value.data as Uint8Array).byteLength ?? value.data.length;
    } else if (value instanceof Map) value.forEach(visit);
    else if (ArrayBuffer.isView(value)) bytes += value.byteLength;
    else {
      if ("width" in value) {
        const { width, height, channels, data } = value as Record<"width" | "height" | "channels", number> & {
          data: Uint8Array;
        };
        assert.ok(data.length === width * height * channels);
      }
      for (const part of Object.values(value)) visit(part);
    }
  };
  visit(result);
  assert.ok(bytes < MOST_BYTES, `a result of ${bytes} bytes`);
}

/** What came of one damaged file: a whole result, or an error that is a sentence; all else throws. */
export async function tryOne(target: Target, bytes: Uint8Array, what: string): Promise<"read" | "refused"> {
  const { reseal = (same) => same, decode, clear = CLEAR } = target;
  let result: unknown;
  try {
    result = decode(reseal(bytes), "fuzzed file");
    if (result instanceof Promise) result = await result;
  } catch (error) {
    const classes = clear === CLEAR ? [SyntaxError] : [SyntaxError, TypeError, RangeError];
    // The stack is made when it is looked at, which takes longer than most readers.
    const { message } = error as Error;
    if (classes.some((kind) => error instanceof kind) && clear.test(message)) return "refused";
    assert.fail(`${what}: ${(error as Error).stack}`);
  }
  checkWhole(result);
  return "read";
}
