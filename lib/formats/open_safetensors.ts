import { Error, TypeError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { inWords } from "./in_words.ts";
import { openBytes } from "./open_bytes.ts";
import { storageElements } from "./pytorch/torch_storage.ts";
import type { Source } from "./read_source.ts";
import { decodeSafetensors, readSafetensorsHeader } from "./safetensors.ts";

/** A safetensors file whose header was read; its tensors are read one by one, when they are asked for. */
export interface OpenSafetensors {
  /** Where it was read, for messages. */
  readonly name: string;
  /** Names of the tensors that can be read, in the order of the file. */
  readonly names: readonly string[];
  /** A tensor; bfloat16 becomes float32, which is exact. */
  read(tensor: string): Promise<Tensor>;
}

const FIRST_READ = 2 ** 20;

/**
 * Opens a safetensors file, however large it is: only its header is read. One that carries a checksum is read
 * whole, as {@linkcode decodeSafetensors} does.
 *
 * @throws {SyntaxError} where the header is damaged, or promises more or less than the file holds
 * @throws {Error} where it cannot be read
 */
export async function openSafetensors(source: Source): Promise<OpenSafetensors> {
  const bytes = await openBytes(source);
  const { name, size } = bytes;
  const first = await bytes.read(0, Math.min(FIRST_READ, size));
  const short = readSafetensorsHeader(first, size, name);
  const header = typeof short === "number"
    ? readSafetensorsHeader(await bytes.read(0, short), size, name)
    : short;
  if (typeof header === "number") throw new Error(`Cannot read ${name}: its header changed; read it again`);
  const checked = header.sealed ? decodeSafetensors(await bytes.read(0, size), name).tensors : undefined;
  const entries = new Map(header.entries.filter(({ type }) => type).map((entry) => [entry.key, entry]));
  return {
    name,
    names: [...entries.keys()],
    async read(key) {
      const entry = entries.get(key);
      if (!entry?.type) {
        throw new TypeError(
          `Cannot read ${inWords(key)} of ${name}: ${
            header.reasons.get(key) ??
              `there is no such tensor; it has ${[...entries.keys()].slice(0, 6).join(", ")}`
          }`,
        );
      }
      if (checked) return checked[key]!;
      const own = await bytes.read(entry.begin, entry.end - entry.begin);
      return new Tensor(entry.type.type, storageElements(own, entry.type), entry.dims);
    },
  };
}
