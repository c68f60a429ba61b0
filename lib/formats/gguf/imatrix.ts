import { type Cursor, cursor, utf8 } from "../archives/cursor.ts";
import { inWords } from "../in_words.ts";
import { requireFew } from "../most_tensors.ts";

/**
 * An importance matrix of llama.cpp's: for each input of each layer the mean of its square over some text.
 */
export interface Imatrix {
  /** By a tensor's name in GGUF files how much each weight of its rows counts. */
  entries: Record<string, Float32Array>;
  /** Pieces of text that it was measured on. */
  chunks: number;
  /** Name of the text's file. */
  dataset: string;
}

/**
 * Reads an importance matrix in llama.cpp's own format, which has no magic number: sums over calls are
 * divided by them.
 *
 * @throws {SyntaxError} where the file is damaged, or is none
 */
export function decodeImatrix(bytes: Uint8Array, name = "importance matrix"): Imatrix {
  const place = cursor(bytes, name);
  const count = whole(place, "the number of entries", 12);
  requireFew(count, place);
  const entries: Record<string, Float32Array> = Object.create(null);
  for (let i = 0; i < count; i++) {
    const key = text(place, "a tensor's name");
    if (Object.hasOwn(entries, key)) throw place.fail(`found an entry for ${inWords(key)} twice`);
    const calls = place.int32(`the calls of ${inWords(key)}`);
    const length = whole(place, `the values of ${inWords(key)}`, 4);
    const sums = new Float32Array(place.take(4 * length, `the values of ${inWords(key)}`).slice().buffer);
    const bad = sums.find((sum) => !(sum >= 0 && sum < Infinity));
    if (bad !== undefined) throw place.fail(`expected sums of squares of ${inWords(key)}, found ${bad}`);
    entries[key] = calls > 0 ? sums.map((sum) => sum / calls) : sums;
  }
  // Older files end here.
  if (place.left() === 0) return { entries, chunks: 0, dataset: "" };
  const chunks = place.int32("the number of chunks");
  const dataset = place.left() === 0 ? "" : text(place, "the name of the text");
  return { entries, chunks, dataset };
}

/** An importance matrix in llama.cpp's own format. */
export function encodeImatrix({ entries, chunks, dataset }: Imatrix): Uint8Array<ArrayBuffer> {
  const calls = Math.max(1, chunks);
  const parts: Uint8Array[] = [];
  const int = (value: number) => parts.push(new Uint8Array(Int32Array.of(value).buffer));
  const spell = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    int(bytes.length);
    parts.push(bytes);
  };
  int(Object.keys(entries).length);
  for (const [name, means] of Object.entries(entries)) {
    spell(name);
    int(calls);
    int(means.length);
    parts.push(new Uint8Array(means.map((mean) => mean * calls).buffer));
  }
  int(chunks);
  spell(dataset);
  const file = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (file.set(part, at), at + part.length), 0);
  return file;
}

/** A number of things, which at so many bytes each must fit into the rest of the file. */
function whole(place: Cursor, what: string, least: number): number {
  const at = place.offset;
  const found = place.int32(what);
  if (found < 0 || found * least > place.left()) {
    throw place.fail(`expected ${what} to fit into the rest of the file, found ${found}`, at);
  }
  return found;
}

function text(place: Cursor, what: string): string {
  const length = whole(place, `the length of ${what}`, 1);
  return utf8(place.take(length, what), place, what);
}
