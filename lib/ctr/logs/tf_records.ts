import { requireRegular } from "../../files/read_file.ts";
import { SyntaxError } from "../../errors.ts";
import { createReadStream } from "../../node.ts";
import { WireReader } from "../../onnx/codec/wire_reader.ts";
import { type Clicks, type Field, offsetsOf } from "../clicks.ts";

/** What a file of records holds: messages between lengths and checksums. */
const HEAD = 12, TAIL = 4;

/** Bytes of a record at most: a row of a click log has some hundred. */
const MOST = 1 << 20;

/**
 * Rows of a click log from the TFRecord files that OptEmbed's released code writes and reads: one `Example` a
 * row, with `label`, a number, and `feature`, the ids of all fields in one table. All are in memory.
 *
 * @param fields in order, with the ids that each has in that table
 * @throws SyntaxError with file and record where a checksum is wrong, or a row is not one of these fields
 */
export async function readTfRecords(paths: readonly string[], fields: readonly Field[]): Promise<Clicks> {
  async function* chunksOf(path: string): AsyncIterable<Uint8Array> {
    await requireRegular(path);
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  }
  return await clicksIn(paths.map((path) => [path, chunksOf(path)]), fields);
}

/** {@linkcode readTfRecords} for the bytes of one file; `name` is what messages call it. */
export async function decodeTfRecords(
  bytes: Uint8Array,
  fields: readonly Field[],
  name = "the given bytes",
): Promise<Clicks> {
  return await clicksIn([[name, [bytes]]], fields);
}

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

async function clicksIn(
  files: readonly (readonly [name: string, chunks: Chunks])[],
  fields: readonly Field[],
): Promise<Clicks> {
  const offsets = offsetsOf(fields);
  const ids: number[][] = [], labels: number[] = [];
  for (const [path, chunks] of files) {
    let record = 0;
    for await (const bytes of recordsOf(path, chunks)) {
      const where = `${path}, record ${++record}`;
      const { label, feature } = readExample(bytes, where);
      if (label !== 0 && label !== 1) {
        throw new SyntaxError(`Cannot read ${where}: its label is ${label}, expected 0 or 1`);
      }
      if (feature.length !== fields.length) {
        throw new SyntaxError(
          `Cannot read ${where}: expected an id for each of ${fields.length} fields, found ${feature.length}`,
        );
      }
      ids.push(feature.map((id, f) => {
        const { name, size } = fields[f]!, own = id - offsets[f]!;
        if (own >= 0 && own < size) return own;
        throw new SyntaxError(
          `Cannot read ${where}: id ${id} of field "${name}", expected ${offsets[f]!} to ` +
            `${offsets[f]! + size - 1}; are the sizes of the fields right?`,
        );
      }));
      labels.push(label);
    }
  }
  const all = new Int32Array(labels.length * fields.length);
  ids.forEach((row, i) => all.set(row, i * fields.length));
  return { fields: [...fields], ids: all, labels: Uint8Array.from(labels) };
}

/** The messages of a file, checked. */
async function* recordsOf(path: string, chunks: Chunks): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(), record = 1;
  const fail = (why: string) => new SyntaxError(`Cannot read ${path}, record ${record}: ${why}`);
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const view = new DataView(bytes.buffer);
    let at = 0;
    while (bytes.length - at >= HEAD) {
      const length = Number(view.getBigUint64(at, true));
      if (masked(bytes.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) {
        throw fail("the checksum of its length is wrong; expected a TFRecord file without compression");
      }
      if (length > MOST) throw fail(`it has ${length} bytes, expected at most ${MOST}`);
      const end = at + HEAD + length;
      if (bytes.length < end + TAIL) break;
      const message = bytes.subarray(at + HEAD, end);
      if (masked(message) !== view.getUint32(end, true)) throw fail("its checksum is wrong");
      yield message;
      record++;
      at = end + TAIL;
    }
    rest = bytes.slice(at);
  }
  if (record === 1 && rest.length === 0) throw new SyntaxError(`Cannot read ${path}: the file is empty`);
  if (rest.length > 0) throw fail(`the file ends within it, after ${rest.length} bytes`);
}

/** Fields of the messages, which the reader knows again from record to record. */
const EXAMPLE = { features: 1 }, FEATURES = { feature: 1 }, ENTRY = { key: 1, value: 2 };
const FEATURE = { floats: 2, ints: 3 }, LIST = { value: 1 };

/** An `Example` is a map from names to lists of numbers. */
function readExample(bytes: Uint8Array, where: string): { label: number; feature: number[] } {
  const found = { label: NaN, feature: [] as number[] };
  const entry = (reader: WireReader) => {
    const pair = { name: "", numbers: [] as number[] };
    reader.fields(ENTRY, {
      key: (into, reader) => void (into.name = reader.string()),
      value: (into, reader) => void (into.numbers = reader.message(readFeature)),
    }, pair);
    if (pair.name === "label") found.label = pair.numbers[0] ?? NaN;
    if (pair.name === "feature") found.feature = pair.numbers;
  };
  new WireReader(bytes, where).fields(EXAMPLE, {
    features: (_, reader) =>
      reader.message((reader) =>
        reader.fields(FEATURES, { feature: (_, reader) => reader.message(entry) }, found)
      ),
  }, found);
  return found;
}

/** A list of numbers, float32 or int64. */
function readFeature(reader: WireReader): number[] {
  const numbers: number[] = [];
  const floats = (reader: WireReader) =>
    reader.fields(LIST, {
      value(into, reader) {
        const { buffer, byteOffset, byteLength } = reader.fixed(4);
        const view = new DataView(buffer, byteOffset, byteLength);
        for (let at = 0; at < byteLength; at += 4) into.push(view.getFloat32(at, true));
      },
    }, numbers);
  const ints = (reader: WireReader) =>
    reader.fields(LIST, {
      value: (into, reader) => reader.ints((value) => into.push(Number(value))),
    }, numbers);
  reader.fields(FEATURE, {
    floats: (_, reader) => reader.message(floats),
    ints: (_, reader) => reader.message(ints),
  }, numbers);
  return numbers;
}

/** Remainders of bytes by Castagnoli's polynomial, reflected. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0x82f63b78 : byte >>> 1;
  return byte;
});

/** CRC-32C as TFRecord files have it: turned, with a number added, lest a checksum of checksums be simple. */
function masked(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = REMAINDERS[(sum ^ byte) & 255]! ^ (sum >>> 8);
  sum = ~sum;
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
