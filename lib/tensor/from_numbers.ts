import { RangeError, TypeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { Tensor } from "../deps.ts";

/** Numbers in an array, or in arrays of arrays as deep as the tensor has axes: `[[1, 2], [3, 4]]`. */
export type NestedArray<T> = ArrayLike<T> | readonly NestedArray<T>[];

/** What makes numbers of one type. */
interface Kind {
  /** Arrays whose every value the type can hold, so that none needs a look. */
  holds: ReadonlySet<string>;
  /** Whether it can hold the value. */
  can(value: unknown): boolean;
  /** Values that the type can hold, in words. */
  expected: string;
  /** An array of values that it can hold. */
  array(values: ArrayLike<never>): Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

const named = (...types: string[]) => new Set(types.map((type) => `${type}Array`));
const BYTES = ["Uint8", "Uint8Clamped"];
const SMALL = [...BYTES, "Int8", "Int16", "Uint16", "Int32"];
const whole = (least: number, most: number) => (value: unknown): boolean =>
  Number.isInteger(value) && value as number >= least && value as number <= most;

/** Types by name. */
const KINDS = {
  float32: {
    holds: named(...SMALL, "Uint32", "Float16", "Float32", "Float64"),
    can: (value) => typeof value === "number",
    expected: "numbers",
    array: (values) => new Float32Array(values),
  },
  int64: {
    holds: named(...SMALL, "Uint32", "BigInt64"),
    can: (value) =>
      typeof value === "bigint"
        ? BigInt.asIntN(64, value) === value
        : whole(-(2 ** 63), 2 ** 63 - 1024)(value),
    expected: "whole numbers from −2⁶³ to 2⁶³ − 1",
    array: (values) => BigInt64Array.from<number | bigint>(values, BigInt),
  },
  int32: {
    holds: named(...SMALL),
    can: whole(-(2 ** 31), 2 ** 31 - 1),
    expected: "whole numbers from −2³¹ to 2³¹ − 1",
    array: (values) => new Int32Array(values),
  },
  uint8: {
    holds: named(...BYTES),
    can: whole(0, 255),
    expected: "whole numbers from 0 to 255",
    array: (values) => new Uint8Array(values),
  },
} satisfies Record<string, Kind>;

/**
 * A tensor of numbers, which are copied. Nested arrays give their shape, where no other is asked for.
 *
 * @throws TypeError where there are no numbers, or one that the type cannot hold, or arrays of different
 * lengths side by side
 * @throws RangeError where the shape is no list of sizes, or has room for more numbers or fewer
 */
export function fromNumbers(
  type: keyof typeof KINDS,
  data: NestedArray<number | bigint>,
  dims?: readonly number[],
): Tensor {
  const { holds, can, expected, array }: Kind = KINDS[type];
  if (!isList(data)) {
    throw new TypeError(
      `Cannot make a tensor of ${
        shown(data)
      }: expected an array of ${expected}, as in ${type}([1, 2, 3]), or ` +
        `${type}([1], []) for a scalar`,
    );
  }
  const { values, shape } = flat(type, data);
  if (!holds.has((values as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "")) {
    for (let i = 0; i < values.length; i++) {
      if (can(values[i])) continue;
      throw new TypeError(
        `Cannot make a tensor of ${type} with ${shown(values[i])} at place ${i}: expected ${expected}`,
      );
    }
  }
  requireRoom(type, values.length, dims);
  return new Tensor(type as "float32", array(values as ArrayLike<never>) as Float32Array, dims ?? shape);
}

function requireRoom(type: string, count: number, dims: readonly number[] | undefined): void {
  if (dims === undefined) return;
  if (!Array.isArray(dims) || !dims.every(whole(0, Number.MAX_SAFE_INTEGER))) {
    throw new RangeError(
      `Cannot make a tensor of ${type} in shape ${
        shown(dims)
      }: expected a list of whole numbers from 0, such ` +
        `as [${count}]`,
    );
  }
  const room = dims.reduce((product, dim) => product * dim, 1);
  if (room === count) return;
  throw new RangeError(
    `Cannot make a tensor of ${type} of ${count} numbers in shape [${
      dims.join(", ")
    }]: it takes ${room}; give as ` +
      `many, or another shape, such as [${count}]`,
  );
}

/** Numbers of nested arrays, the last axis fastest, and how long the arrays of each depth are. */
function flat(type: string, data: ArrayLike<unknown>): { values: ArrayLike<unknown>; shape: number[] } {
  let values = data;
  const shape = [data.length];
  while (values.length > 0 && isList(values[0])) {
    const { length } = values[0];
    const next: unknown[] = [];
    for (let i = 0; i < values.length; i++) {
      const part = values[i];
      if (!isList(part) || part.length !== length) {
        throw new TypeError(
          `Cannot make a tensor of ${type} of arrays of different lengths: at depth ${shape.length} the first has ` +
            `${length}, that at place ${i} ${isList(part) ? part.length : `is ${shown(part)}`}; fill the ` +
            `shorter ones up, or make a tensor of each`,
        );
      }
      for (let j = 0; j < length; j++) next.push(part[j]);
    }
    shape.push(length);
    values = next;
  }
  return { values, shape };
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  typeof value === "object" && value !== null && Number.isInteger((value as { length?: unknown }).length);

/** A value as a message shows it. */
function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (isList(value)) {
    return `[${Array.from(value).slice(0, 8).map((one) => isList(one) ? "[…]" : shown(one))}]`;
  }
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return value === undefined ? "nothing" : typeof value === "bigint" ? `${value}n` : String(value);
}
