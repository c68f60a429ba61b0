import { TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { dataFolders } from "../data/folders.ts";
import {
  IMAGE_FOLDER_OPTIONS,
  type ImageFolder,
  imageFolder,
  type ImageFolderOptions,
} from "./image_folder.ts";
import { NotFoundError, statIfFound } from "../files/not_found.ts";

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

/** Images that were published, and names of folders that people keep them in. */
const SETS: Readonly<Record<BenchmarkSetName, { images: number; folders: readonly string[] }>> = {
  Set5: { images: 5, folders: ["Set5"] },
  Set14: { images: 14, folders: ["Set14"] },
  BSD100: { images: 100, folders: ["BSD100", "B100", "BSDS100", "BSD100_20"] },
  Urban100: { images: 100, folders: ["Urban100", "Urban100_5"] },
  Manga109: { images: 109, folders: ["Manga109"] },
  DIV2K: { images: 800, folders: ["DIV2K_train_HR", "DIV2K/DIV2K_train_HR", "DIV2K"] },
  DIV2K_valid: { images: 100, folders: ["DIV2K_valid_HR", "DIV2K/DIV2K_valid_HR"] },
  Flickr2K: { images: 2650, folders: ["Flickr2K/Flickr2K_HR", "Flickr2K_HR", "Flickr2K"] },
  T91: { images: 91, folders: ["T91"] },
  BSD200: { images: 200, folders: ["BSD200", "BSDS200", "BSD200_25"] },
};

/** How a set is read, and where from. */
export interface BenchmarkSetOptions extends ImageFolderOptions {
  /**
   * The folder that has one folder per set. Default `sr` in `ESPALIER_DATA` or the cache, with or without
   * `benchmark`.
   */
  folder?: string | undefined;
}

/** Names of {@linkcode BenchmarkSetOptions}. */
const BENCHMARK_SET_OPTIONS: OptionNames<BenchmarkSetOptions> = { ...IMAGE_FOLDER_OPTIONS, folder: true };

/** Where sets are looked for below a data folder, nearest first. */
const PLACES = ["", "benchmark/"];

/**
 * The folder of a set, as data sets are named: `sr/Set5`, `sr/benchmark/B100`.
 *
 * @throws NotFoundError where the set is not on this machine, naming the folders that were looked for
 */
export function benchmarkFolder(name: BenchmarkSetName): string {
  const found = dataFolders("sr").flatMap((root) =>
    placesOf(name).filter((place) => isFolder(`${root}/${place}`))
  );
  if (found.length === 0) throw missingSet(name, dataFolders("sr"));
  return `sr/${found[0]}`;
}

/** Whether a set is on this machine. */
export function hasBenchmarkSet(name: BenchmarkSetName): boolean {
  return dataFolders("sr").some((root) => placesOf(name).some((place) => isFolder(`${root}/${place}`)));
}

/**
 * A set of the super-resolution literature, from a folder in any of the layouts that {@linkcode imageFolder}
 * knows. It is never downloaded: most of these images were published without a licence.
 *
 * @throws {NotFoundError} naming the folders that were looked for; else as {@linkcode imageFolder}
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(benchmarkSet("Set5", { scale: 2, folder: "/nowhere" }), /Cannot find Set5.*nowhere/);
 * ```
 */
export async function benchmarkSet(
  name: BenchmarkSetName,
  settings: BenchmarkSetOptions,
): Promise<ImageFolder> {
  requireOptions("benchmarkSet", settings, BENCHMARK_SET_OPTIONS);
  const { folder, ...options } = settings;
  const roots = folder === undefined ? dataFolders("sr") : [folder];
  const place = roots.flatMap((root) => placesOf(name).map((place) => `${root}/${place}`)).find(isFolder);
  if (place === undefined) throw missingSet(name, roots, folder === undefined);
  const images = await imageFolder(place, options);
  const complete = images.names.length === SETS[name].images;
  const count = `${images.names.length} of ${SETS[name].images} images`;
  return { ...images, name: complete ? name : `${name} (${count})`, complete };
}

function placesOf(name: BenchmarkSetName): string[] {
  if (!Object.hasOwn(SETS, name)) {
    throw new TypeError(`Cannot read set ${JSON.stringify(name)}: expected ${Object.keys(SETS).join(", ")}`);
  }
  return PLACES.flatMap((place) => SETS[name].folders.map((folder) => place + folder));
}

function missingSet(name: BenchmarkSetName, roots: readonly string[], anywhere = true): NotFoundError {
  const places = roots.flatMap((root) => placesOf(name).map((place) => `${root}/${place}`));
  return new NotFoundError(
    `Cannot find ${name}: looked for ${places.join(", ")}; put its images into such a folder` +
      (anywhere ? ", or set ESPALIER_DATA" : ""),
  );
}

function isFolder(path: string): boolean {
  return statIfFound(path)?.isDirectory ?? false;
}
