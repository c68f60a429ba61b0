import { createHash } from "../node.ts";
import { readText } from "../files/read_file.ts";
import { textDigest } from "../files/digest.ts";
import { replaceFile } from "../files/replace_files.ts";
import { cacheFolder } from "../files/cache_folder.ts";
import { ifFound, statIfFound } from "../files/not_found.ts";
import { dataFolders, missing } from "./folders.ts";

/**
 * SHA-256, in hex, of a data set on this machine: of every file's name and contents, in the order of the
 * names. Computed once for as long as names, sizes and times stay as they are: some minutes for 100 GB.
 *
 * @param name a folder or file of the data folders: `cifar10`, `sr/Set5`
 * @throws NotFoundError where it is nowhere
 */
export async function dataDigest(name: string): Promise<string> {
  const folders = dataFolders(name);
  const place = placeOf(folders);
  if (place === undefined) throw missing(`the data ${name}`, name, folders);
  const files = await Array.fromAsync(filesOf(place, ""));
  files.sort((a, b) => a.name < b.name ? -1 : 1);
  const listing = files.map(({ name, size, time }) => `${name}\t${size}\t${time}`).join("\n");
  const known = `${cacheFolder()}/digests/${textDigest(`${place}\n${listing}`)}`;
  const kept = await readText(known).catch(() => "");
  // A file that was cut off is none.
  if (/^[0-9a-f]{64}$/.test(kept)) return kept;
  const digest = await contentsDigest(place, files);
  await Deno.mkdir(`${cacheFolder()}/digests`, { recursive: true });
  await replaceFile(known, digest);
  return digest;
}

/** Whether a data set is on this machine. */
export function hasData(name: string): boolean {
  return placeOf(dataFolders(name)) !== undefined;
}

async function contentsDigest(place: string, files: readonly DataFile[]): Promise<string> {
  const hash = createHash("sha256");
  for (const { name, size } of files) {
    hash.update(`${name}\t${size}\n`);
    using file = await Deno.open(`${place}${name}`);
    for await (const chunk of file.readable) hash.update(chunk);
  }
  return hash.digest("hex");
}

/** The first of these folders or files that is there. */
function placeOf(folders: readonly string[]): string | undefined {
  return folders.find((folder) => statIfFound(folder));
}

interface DataFile {
  /** Path from the place of the data set: `/test_batch.bin`; empty where that is a file itself. */
  name: string;
  size: number;
  time: number;
}

async function* filesOf(place: string, name: string): AsyncGenerator<DataFile> {
  const found = await ifFound(Deno.stat(`${place}${name}`));
  if (!found) return; // a link that leads nowhere
  const { isDirectory, isFile, size, mtime } = found;
  if (isFile) yield { name, size, time: mtime?.getTime() ?? 0 };
  if (!isDirectory) return;
  for await (const entry of Deno.readDir(`${place}${name}`)) {
    if (!entry.name.startsWith(".")) yield* filesOf(place, `${name}/${entry.name}`);
  }
}
