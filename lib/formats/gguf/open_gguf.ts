import { TypeError } from "../../errors.ts";
import { unreadable } from "../archives/cursor.ts";
import { decodeBlocks } from "../ggml/decode_blocks.ts";
import type { GgmlType } from "../ggml/types.ts";
import { inWords } from "../in_words.ts";
import { type ByteSource, openBytes } from "../open_bytes.ts";
import type { Source } from "../read_source.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type GgufHeader, type HeaderTensor, readHeader } from "./read_header.ts";
import { type GgufMetadata, numberAt } from "./values.ts";

/** A tensor of a GGUF file, not yet read. */
export interface GgufTensor {
  /** Name of the tensor in the file. */
  readonly name: string;
  /** Shape, outermost axis first as in other formats: rows are the last axis. */
  readonly dims: readonly number[];
  /** How its weights are stored. */
  readonly type: GgmlType;
  /** ByteSource that it takes in the file. */
  readonly bytes: number;
}

/** A GGUF file whose header was read; its tensors are read one by one, when they are asked for. */
export interface Gguf {
  /** Where it was read, for messages. */
  readonly name: string;
  /** Metadata of the file: architecture, sizes, vocabulary, chat template. */
  readonly metadata: GgufMetadata;
  /** Tensors of the file by name, in its order. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** The weights of a tensor, as float32. */
  read(tensor: string): Promise<Tensor>;
  /** The blocks of a tensor, as they are stored. */
  blocks(tensor: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Stored blocks of a tensor, or of some of its rows, read without waiting. */
  blocksSync(tensor: string, rows?: { from: number; to: number }): Uint8Array<ArrayBuffer>;
}

/** Bytes that are read for a header at first, enough for most vocabularies: too few would be read again. */
const FIRST_READ = 2 ** 24;

/**
 * Opens a GGUF file, the format of llama.cpp. Only its header is read; a file of several parts
 * (`…-00001-of-00003.gguf`) is opened by the path of its first, with all others beside it.
 *
 * Source: ggml, `docs/gguf.md`; versions 2 and 3.
 *
 * @throws {SyntaxError} where the header is damaged, or promises more than the file holds
 * @throws {Error} where a file or part cannot be read
 */
export async function openGguf(source: Source): Promise<Gguf> {
  const first = await openBytes(source);
  const header = await headerOf(first);
  const parts = [{ bytes: first, header }, ...await otherParts(first, header)];
  const places = new Map<string, { tensor: HeaderTensor; bytes: ByteSource }>();
  for (const { bytes, header } of parts) {
    for (const tensor of header.tensors) {
      if (places.has(tensor.name)) {
        throw unreadable(bytes.name, tensor.at, `found tensor ${inWords(tensor.name)} in another part, too`);
      }
      places.set(tensor.name, { tensor, bytes });
    }
  }
  const promised = numberAt(header.metadata, "split.tensors.count");
  if (promised !== undefined && promised !== places.size) {
    throw unreadable(first.name, 0, `expected ${promised} tensors in all parts, found ${places.size}`);
  }
  const placeOf = (name: string) => {
    const place = places.get(name);
    if (!place) {
      throw new TypeError(
        `Cannot read ${inWords(name)} of ${first.name}: there is no such tensor; it has ` +
          `${[...places.keys()].slice(0, 6).join(", ")}${places.size > 6 ? ", …" : ""}`,
      );
    }
    return place;
  };
  const blocks = async (name: string) => {
    const { bytes, tensor } = placeOf(name);
    return await bytes.read(tensor.at, tensor.bytes);
  };
  return {
    name: first.name,
    metadata: header.metadata,
    tensors: new Map([...places].map(([name, { tensor: { dims, type, bytes } }]) => [
      name,
      { name, dims, type, bytes },
    ])),
    blocks,
    blocksSync(name, rows) {
      const { bytes, tensor } = placeOf(name);
      if (!rows) return bytes.readSync(tensor.at, tensor.bytes);
      const row = tensor.bytes / tensor.dims[0]!;
      return bytes.readSync(tensor.at + rows.from * row, (rows.to - rows.from) * row);
    },
    async read(name) {
      const bytes = await blocks(name);
      const { type, dims } = places.get(name)!.tensor;
      const data = decodeBlocks(bytes, type);
      bytes.buffer.transfer(0); // decoded numbers lie in memory of their own
      return new Tensor("float32", data, dims);
    },
  };
}

async function headerOf(bytes: ByteSource): Promise<GgufHeader> {
  for (let length = FIRST_READ;; length *= 4) {
    const prefix = await bytes.read(0, Math.min(length, bytes.size));
    const header = readHeader(prefix, bytes.size, bytes.name);
    prefix.buffer.transfer(0); // the header keeps nothing of it
    if (header) return header;
  }
}

async function otherParts(
  first: ByteSource,
  { metadata }: GgufHeader,
): Promise<{ bytes: ByteSource; header: GgufHeader }[]> {
  const count = numberAt(metadata, "split.count") ?? 1;
  if (count <= 1) return [];
  const match = first.name.match(/^(.*)-(\d{5})-of-(\d{5})\.gguf$/);
  if (!match || Number(match[3]) !== count || Number(match[2]) !== 1) {
    throw unreadable(
      first.name,
      0,
      `expected the first of ${count} parts, called …-00001-of-${
        `${count}`.padStart(5, "0")
      }.gguf; open that one`,
    );
  }
  return await Promise.all(Array.from({ length: count - 1 }, async (_, i) => {
    const number = `${i + 2}`.padStart(5, "0");
    const bytes = await openBytes(`${match[1]}-${number}-of-${match[3]}.gguf`);
    const header = await headerOf(bytes);
    const own = numberAt(header.metadata, "split.no");
    if (own !== i + 1) {
      throw unreadable(bytes.name, 0, `expected part ${i + 2} of ${count}, found split.no ${own}`);
    }
    return { bytes, header };
  }));
}
