import { limits, raised } from "../../limits.ts";
import { quoted } from "../../printable.ts";
import { byteLength, storage } from "../../tensor/element_types.ts";
import { type AnyTensor, isTensor, numbersOf, sizeOf } from "../../tensor/tensor.ts";
import { bytesOf } from "../../tensor/arrays.ts";
import { readTensor, type ResolveExternal, tensorOf } from "./decode_tensor.ts";
import { schema } from "./schema.ts";
import type { Surroundings } from "./surroundings.ts";
import { type Handlers, WireReader } from "./wire_reader.ts";

/** The fields of a `SparseTensorProto` as they are collected. */
interface Draft extends Surroundings {
  values: { name: string; tensor: AnyTensor } | undefined;
  indices: AnyTensor | undefined;
  dims: number[];
}

const fields: Handlers<typeof schema.SparseTensorProto, Draft> = {
  values: (into, reader) => into.values = reader.message((inner) => readTensor(inner, into.external)),
  indices: (into, reader) =>
    into.indices = reader.message((inner) => readTensor(inner, into.external)).tensor,
  dims: (into, reader) =>
    reader.ints((dim) => {
      if (typeof dim === "bigint" || dim < 0) throw reader.fail(`${dim} is no size of a stored tensor`);
      into.dims.push(dim);
    }),
};

/**
 * Reads a `SparseTensorProto` as the dense tensor that it stands for: zeros, and values at places, which are
 * counted through the whole tensor, or along each axis. Its name is that of the values.
 *
 * @throws SyntaxError where places are outside, not ascending, or not as many as there are values, the values
 * are text or smaller than a byte, or the dense tensor and those before it would be larger than allowed
 */
export function readSparseTensor(
  reader: WireReader,
  { external, unpacked }: Surroundings,
): { name: string; tensor: AnyTensor } {
  let isWhole = true;
  const found: ResolveExternal = (...asked) => {
    const bytes = external(...asked);
    isWhole &&= bytes !== undefined;
    return bytes;
  };
  const draft: Draft = { values: undefined, indices: undefined, dims: [], external: found, unpacked };
  reader.fields(schema.SparseTensorProto, fields, draft);
  const { values, indices, dims } = draft;
  if (values === undefined) throw reader.fail("a sparse tensor has no values");
  const { name, tensor } = values;
  // Who only wants to know which files are needed has left a part of it empty.
  if (!isWhole) return { name, tensor };
  const what = `sparse tensor ${quoted(name)}`;
  const { type } = tensor;
  const size = sizeOf(dims);
  const count = sizeOf(tensor.dims);
  if (type === "string" || storage[type].bits % 8 !== 0) {
    throw reader.fail(`${what} has values of ${type}, which cannot be read as a dense tensor`);
  }
  const length = Number.isSafeInteger(size) ? byteLength(type, size) : Infinity;
  if (unpacked.bytes + length > limits().unpackedBytes) {
    const before = unpacked.bytes > 0 ? ` and the sparse ones before it ${unpacked.bytes}` : "";
    throw reader.fail(
      `${what} of shape [${dims}] takes ${length} bytes as a dense tensor${before}, together more than ` +
        `${limits().unpackedBytes}, ${raised("unpackedBytes")}`,
    );
  }
  const places = placesOf(indices, dims, count);
  if (places === undefined) {
    throw reader.fail(
      `${what} needs int64 indices [${count}] or [${count}, ${dims.length}], found ` +
        `${indices ? `${indices.type}[${indices.dims}]` : "none"}`,
    );
  }
  const wrong = places.findIndex((place, i) => !(place > (i === 0 ? -1 : places[i - 1]!) && place < size));
  if (wrong >= 0) {
    throw reader.fail(
      `${what} of shape [${dims}] has a value at place ${
        places[wrong]
      }: expected ascending places from 0 to ` +
        `${size - 1}`,
    );
  }
  const width = storage[type].bits / 8;
  const bytes = new Uint8Array(length);
  unpacked.bytes += length;
  const from = bytesOf(tensor);
  places.forEach((place, i) => bytes.set(from.subarray(i * width, (i + 1) * width), place * width));
  return { name, tensor: tensorOf(type, bytes, dims) };
}

/** The field of an `AttributeProto` that holds a sparse tensor. */
const ATTRIBUTE = { sparse_tensor: 22 } as const;

/**
 * Reads an `AttributeProto` with a sparse tensor as the dense tensor that it stands for; `undefined` where it
 * holds none. Throws as {@linkcode readSparseTensor} does.
 *
 * @param file name of the file, in messages
 */
export function readSparseAttribute(
  bytes: Uint8Array,
  file: string,
  surroundings: Surroundings,
): AnyTensor | undefined {
  const found: { tensor?: AnyTensor } = {};
  new WireReader(bytes, file).fields(ATTRIBUTE, {
    sparse_tensor: (into, reader) =>
      into.tensor = reader.message((inner) => readSparseTensor(inner, surroundings)).tensor,
  }, found);
  return found.tensor;
}

/** The places of values, counted through the whole tensor; NaN for those outside along an axis. */
function placesOf(
  indices: AnyTensor | undefined,
  dims: readonly number[],
  count: number,
): number[] | undefined {
  if (indices === undefined || indices.type !== "int64" || !isTensor(indices)) return undefined;
  const numbers = numbersOf(indices);
  if (indices.dims.length === 1 && numbers.length === count) return numbers;
  const rank = dims.length;
  if (indices.dims.length !== 2 || indices.dims[0] !== count || indices.dims[1] !== rank) return undefined;
  return Array.from({ length: count }, (_, i) =>
    dims.reduce((place, dim, axis) => {
      const at = numbers[i * rank + axis]!;
      return at >= 0 && at < dim ? place * dim + at : NaN;
    }, 0));
}
