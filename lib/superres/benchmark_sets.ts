import { dataFolders } from "../data/folders.ts";
import { imageFolder, type ImageFolderOptions, type PictureSet } from "./image_folder.ts";

/** Sets that super-resolution is tested on, and those it is trained on. */
export type BenchmarkSetName =
  | "Set5"
  | "Set14"
  | "BSD100"
  | "Urban100"
  | "Manga109"
  | "DIV2K"
  | "DIV2K_valid"
  | "Flickr2K"
  | "T91"
  | "BSD200";

/** Pictures that were published, and names of folders that people keep them in. */
const SETS: Readonly<Record<BenchmarkSetName, { pictures: number; folders: readonly string[] }>> = {
  Set5: { pictures: 5, folders: ["Set5"] },
  Set14: { pictures: 14, folders: ["Set14"] },
  BSD100: { pictures: 100, folders: ["BSD100", "B100", "BSDS100", "BSD100_20"] },
  Urban100: { pictures: 100, folders: ["Urban100", "Urban100_5"] },
  Manga109: { pictures: 109, folders: ["Manga109"] },
  DIV2K: { pictures: 800, folders: ["DIV2K_train_HR", "DIV2K/DIV2K_train_HR", "DIV2K"] },
  DIV2K_valid: { pictures: 100, folders: ["DIV2K_valid_HR", "DIV2K/DIV2K_valid_HR"] },
  Flickr2K: { pictures: 2650, folders: ["Flickr2K/Flickr2K_HR", "Flickr2K_HR", "Flickr2K"] },
  T91: { pictures: 91, folders: ["T91"] },
  BSD200: { pictures: 200, folders: ["BSD200", "BSDS200", "BSD200_25"] },
};

/** How a set is read, and where from. */
export interface BenchmarkSetOptions extends ImageFolderOptions {
  /** The folder that has one folder per set. Default `sr` in `ESPALIER_DATA` or the cache, with or without `benchmark`. */
  folder?: string;
}

/**
 * A set of the super-resolution literature, from a folder in any of the layouts that {@linkcode imageFolder} knows. It
 * is never downloaded: most of these pictures were published without a licence.
 *
 * @throws {Error} naming the folders that were looked for; else as {@linkcode imageFolder}
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(benchmarkSet("Set5", { scale: 2, folder: "/nowhere" }), /Cannot find Set5.*nowhere/);
 * ```
 */
export async function benchmarkSet(
  name: BenchmarkSetName,
  { folder, ...options }: BenchmarkSetOptions,
): Promise<PictureSet> {
  const set = SETS[name];
  if (!set) {
    throw new TypeError(`Cannot read set ${JSON.stringify(name)}: expected ${Object.keys(SETS).join(", ")}`);
  }
  const roots = folder === undefined ? dataFolders("sr") : [folder];
  const places = roots.flatMap((root) => [root, `${root}/benchmark`]).flatMap((root) =>
    set.folders.map((each) => `${root}/${each}`)
  );
  for (const place of places) {
    if (!await isFolder(place)) continue;
    const pictures = await imageFolder(place, options);
    const complete = pictures.names.length === set.pictures;
    const count = `${pictures.names.length} of ${set.pictures} pictures`;
    return { ...pictures, name: complete ? name : `${name} (${count})`, complete };
  }
  throw new Error(
    `Cannot find ${name}: looked for ${places.join(", ")}; put its pictures into such a folder` +
      (folder === undefined ? ", or set ESPALIER_DATA" : ""),
  );
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
