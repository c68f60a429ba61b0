import { Error } from "../../errors.ts";
import { createHash, resolve } from "../../node.ts";
import { readFile, readText } from "../../files/read_file.ts";
import { cacheFolder } from "../../files/cache_folder.ts";
import { sealJson } from "../../files/checksum.ts";
import { replaceFile } from "../../files/replace_files.ts";
import { type FailureRecord, parseFailure, parseRecord, type UnitRecord } from "./record.ts";
import { ifFound } from "../../files/not_found.ts";

/**
 * Results of units, on disk: a record for each in a file named after it, and products in files named after
 * what they hold. Every file is written beside its place and renamed, so that several programs may use one
 * store at once: who writes second replaces a file by an equal one.
 *
 *     records/ab/ab12….json   rows, and which products there are
 *     products/cd34….onnx     named by the SHA-256 of the bytes
 *     failures/ab12….json     what went wrong, until it goes right
 *     scratch/ab12…/          checkpoints of a unit that is under way
 *     claims/, leaders/       who is at work on what; see `claims.ts`
 */
export interface Store {
  /** Folder of the store. */
  readonly folder: string;
  /** A unit's record; nothing where there is none, or where one of its products is gone. */
  read(name: string): Promise<UnitRecord | undefined>;
  /**
   * Keeps a record; an older one of this unit is replaced. Removes what is kept of its failures, and its
   * scratch folder.
   */
  write(record: UnitRecord): Promise<void>;
  /** Keeps what went wrong with a unit, until it goes right. */
  writeFailure(failure: FailureRecord): Promise<void>;
  /** Keeps a product, and gives the name of its file. */
  keep(name: string, bytes: Uint8Array): Promise<string>;
  /** Whether a product is there. */
  has(file: string): Promise<boolean>;
  /**
   * The bytes of a product.
   *
   * @throws Error where it is gone, or is not what its name says
   */
  product(file: string): Promise<Uint8Array>;
  /** The folder for a unit's checkpoints, which is there afterwards. */
  scratch(name: string): Promise<string>;
  /** Removes a unit's checkpoints where all are from before a moment (ISO 8601): it begins anew. */
  clearScratch(name: string, before: string): Promise<void>;
  /** All records, in no order; `tell` is told of files that hold none, and why. */
  records(tell?: (problem: string) => void): AsyncGenerator<UnitRecord>;
  /** Records of units that failed, in no order; `tell` as of `records`. */
  failures(tell?: (problem: string) => void): AsyncGenerator<FailureRecord>;
}

/** Where experiments are kept unless told otherwise: `experiments` in the cache folder. */
export function defaultStore(): string {
  return `${cacheFolder()}/experiments`;
}

/** Opens the store in a folder, which is made when something is written. */
export function openStore(place: string = defaultStore()): Store {
  const folder = resolve(place); // a worker's working folder may be another
  const recordPath = (name: string) => `${folder}/records/${name.slice(0, 2)}/${name}.json`;
  const failurePath = (name: string) => `${folder}/failures/${name}.json`;
  const scratchPath = (name: string) => `${folder}/scratch/${name}`;
  const productPath = (file: string) => `${folder}/products/${file}`;
  const has = async (file: string) => await ifFound(Deno.stat(productPath(file))) !== undefined;

  return {
    folder,
    has,
    async read(name) {
      const text = await ifFound(readText(recordPath(name)));
      if (text === undefined) return undefined;
      const record = parseRecord(text, name);
      if (typeof record === "string") return undefined;
      for (const file of Object.values(record.products)) {
        if (!await has(file)) return undefined;
      }
      return record;
    },
    async write(record) {
      await writeJson(recordPath(record.name), record);
      await ifFound(Deno.remove(failurePath(record.name)));
      await ifFound(Deno.remove(scratchPath(record.name), { recursive: true }));
    },
    writeFailure: (failure) => writeJson(failurePath(failure.name), failure),
    async keep(name, bytes) {
      const file = `${digest(bytes)}.${name.split(".").at(-1)}`;
      if (await has(file)) return file;
      await Deno.mkdir(`${folder}/products`, { recursive: true });
      await replaceFile(productPath(file), bytes);
      return file;
    },
    async product(file) {
      const bytes = await ifFound(readFile(productPath(file)));
      if (bytes && file.startsWith(digest(bytes))) return bytes;
      if (bytes) await Deno.remove(productPath(file));
      throw new Error(
        `Cannot read ${productPath(file)}: it ${
          bytes ? "was damaged" : "is not there"
        }; run the experiment again, ` +
          "which makes what is missing",
      );
    },
    async scratch(name) {
      await Deno.mkdir(scratchPath(name), { recursive: true });
      return scratchPath(name);
    },
    async clearScratch(name, before) {
      const path = scratchPath(name);
      if (await newestBelow(path) < Date.parse(before)) {
        await ifFound(Deno.remove(path, { recursive: true }));
      }
    },
    records: (tell) => valuesBelow(`${folder}/records`, parseRecord, tell),
    failures: (tell) => valuesBelow(`${folder}/failures`, parseFailure, tell),
  };
}

async function writeJson(
  path: string,
  { withoutChecksum: _, ...value }: UnitRecord | FailureRecord,
): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await replaceFile(path, sealJson(value));
}

/** What the files below a folder hold; a file that holds none costs no other, and is told with its reason. */
async function* valuesBelow<T extends object>(
  folder: string,
  parse: (text: string, name: string) => T | string,
  tell: (problem: string) => void = () => {},
): AsyncGenerator<T> {
  for await (const path of filesBelow(folder)) {
    const text = await ifFound(readText(path));
    if (text === undefined) continue;
    const value = parse(text, nameOf(path));
    if (typeof value !== "string") yield value;
    else tell(`${path}: ${value}`);
  }
}

/** When the last file below a folder was written, in ms; −∞ where there is none. */
async function newestBelow(folder: string): Promise<number> {
  let newest = -Infinity;
  for (const { name, isDirectory } of await ifFound(Array.fromAsync(Deno.readDir(folder))) ?? []) {
    const path = `${folder}/${name}`;
    const time = isDirectory ? await newestBelow(path) : (await ifFound(Deno.stat(path)))?.mtime?.getTime();
    newest = Math.max(newest, time ?? -Infinity);
  }
  return newest;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await ifFound(Array.fromAsync(Deno.readDir(folder))) ?? [];
  for (const { name, isDirectory } of entries) {
    if (isDirectory) yield* filesBelow(`${folder}/${name}`);
    else if (name.endsWith(".json")) yield `${folder}/${name}`;
  }
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1, -".json".length);

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
