import { TypeError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { quoted } from "../../printable.ts";
import { type FileParts, pathOf, replaceFiles } from "../../files/replace_files.ts";
import { GGML_TYPES, type GgmlType } from "../ggml/types.ts";
import { type GgufMetadata, type GgufType, type GgufValue, NUMBER_TYPES, OTHER_TYPES } from "./values.ts";

/** What a GGUF file holds. */
export interface GgufContent {
  /** Words and numbers by their keys. */
  metadata: GgufMetadata;
  /** The tensors. */
  tensors: readonly GgufPart[];
}

/** A tensor to write. */
export interface GgufPart {
  /** Name of the tensor in the file. */
  name: string;
  /** Shape, outermost axis first, rows last. */
  dims: readonly number[];
  /** How its weights are stored. */
  type: GgmlType;
  /** Blocks of the tensor; asked for when their turn comes, so that only one tensor is in memory. */
  blocks: () => Uint8Array | Promise<Uint8Array>;
}

/**
 * Writes a GGUF file, version 3, tensor by tensor, so that there is the old file or the new one, whole.
 *
 * @throws {TypeError} where two tensors have one name, a shape has no or more than four axes, or blocks are
 * not those of their shape
 */
export async function writeGguf(path: string | URL, content: GgufContent): Promise<void> {
  await replaceFiles([ggufFile(path, content)], "model");
}

/** A GGUF file that is still to be written, beside others that belong to it. */
export function ggufFile(path: string | URL, { metadata, tensors }: GgufContent): FileParts {
  return [pathOf(path, "model"), partsOf(metadata, tensors)];
}

/**
 * The bytes of a GGUF file.
 *
 * @throws {TypeError} where two tensors have one name, a shape has no or more than four axes, or blocks are
 * not those of their shape
 */
export async function encodeGguf({ metadata, tensors }: GgufContent): Promise<Uint8Array<ArrayBuffer>> {
  return await new Blob(await Array.fromAsync(partsOf(metadata, tensors), (bytes) => bytes.slice())).bytes();
}

async function* partsOf(metadata: GgufMetadata, tensors: readonly GgufPart[]): AsyncIterable<Uint8Array> {
  const alignment = Number(metadata.get("general.alignment")?.value ?? 32);
  const sizes = tensors.map(byteSize);
  const twice = tensors.find(({ name }, i) => tensors.findIndex((other) => other.name === name) !== i);
  if (twice) throw new TypeError(`Cannot write two tensors called ${quoted(twice.name)}`);
  const padded = (size: number) => Math.ceil(size / alignment) * alignment;
  const head = new Writer();
  head.uint32(0x46554747);
  head.uint32(3);
  head.uint64(tensors.length);
  head.uint64(metadata.size);
  for (const [key, value] of metadata) {
    head.text(key);
    head.uint32(idOf(value.type));
    head.value(value);
  }
  let offset = 0;
  tensors.forEach(({ name, dims, type }, i) => {
    head.text(name);
    head.uint32(dims.length);
    for (const dim of dims.toReversed()) head.uint64(dim);
    head.uint32(GGML_TYPES[type].id);
    head.uint64(offset);
    offset += padded(sizes[i]!);
  });
  const header = head.bytes();
  yield header;
  yield new Uint8Array(padded(header.length) - header.length);
  for (const [i, { name, blocks }] of tensors.entries()) {
    const bytes = await blocks();
    if (bytes.length !== sizes[i]) {
      throw new TypeError(
        `Cannot write ${name}: expected ${sizes[i]} bytes by its shape, found ${bytes.length}`,
      );
    }
    yield bytes;
    yield new Uint8Array(padded(bytes.length) - bytes.length);
  }
}

/** Bytes of a tensor by its shape and type. */
function byteSize({ name, dims, type }: GgufPart): number {
  const { weights, bytes } = GGML_TYPES[type];
  const row = dims.at(-1) ?? 0;
  if (dims.length < 1 || dims.length > 4 || row % weights !== 0) {
    throw new TypeError(
      `Cannot write ${name} [${
        dims.join(", ")
      }] as ${type}: expected 1 to 4 axes, the last in whole blocks of ` +
        `${weights} weights`,
    );
  }
  return sizeOf(dims) / weights * bytes;
}

function idOf(type: GgufType): number {
  return type in NUMBER_TYPES
    ? NUMBER_TYPES[type as keyof typeof NUMBER_TYPES].id
    : OTHER_TYPES[type as keyof typeof OTHER_TYPES];
}

/** Little-endian numbers and texts one after the other. */
class Writer {
  #bytes = new Uint8Array(4096);
  #length = 0;

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  put(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.bytes());
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  uint32(value: number): void {
    this.put(new Uint8Array(Uint32Array.of(value).buffer));
  }

  uint64(value: number): void {
    this.put(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.uint64(bytes.length);
    this.put(bytes);
  }

  value(entry: GgufValue): void {
    if (entry.type === "string") return this.text(entry.value);
    if (entry.type === "bool") return this.put(Uint8Array.of(Number(entry.value)));
    if (entry.type !== "array") {
      const { array, bytes } = NUMBER_TYPES[entry.type];
      const number = new array(new ArrayBuffer(bytes));
      number[0] = number instanceof BigUint64Array || number instanceof BigInt64Array
        ? BigInt(entry.value)
        : Number(entry.value);
      return this.put(new Uint8Array(number.buffer));
    }
    this.uint32(idOf(entry.of));
    this.uint64(entry.value.length);
    if (ArrayBuffer.isView(entry.value)) {
      const { buffer, byteOffset, byteLength } = entry.value;
      return this.put(new Uint8Array(buffer, byteOffset, byteLength));
    }
    for (const item of entry.value) typeof item === "string" ? this.text(item) : this.value(item);
  }
}
