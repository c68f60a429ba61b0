import { cacheFolder } from "../files/cache_folder.ts";
import { ifFound, NotFoundError } from "../files/not_found.ts";
import { requireDisk } from "../files/require_disk.ts";
import { MANIFEST } from "./manifest.ts";
import { OWN_DATA } from "./own_data.ts";
import { PACKAGED_MODELS } from "./package_manifest.ts";

/** What a page does, where there are no folders. */
const WITHOUT_DISK = "make tensors of data that it fetches, or images by proceduralImages";

/**
 * Folders that may hold a data set, nearest first: under `ESPALIER_DATA`, then in the cache.
 *
 * @throws {Error} in a page
 */
export function dataFolders(name: string): string[] {
  requireDisk(`look for the data set ${name}`, WITHOUT_DISK);
  const given = Deno.env.get("ESPALIER_DATA");
  return [...(given ? [`${given}/${name}`] : []), `${cacheFolder()}/${name}`];
}

/**
 * Names of the files in a folder; none where there is no such folder.
 *
 * @throws {Error} in a page
 */
export async function filesIn(folder: string): Promise<string[]> {
  requireDisk(`look for data in ${folder}`, WITHOUT_DISK);
  const entries = await ifFound(Array.fromAsync(Deno.readDir(folder))) ?? [];
  return entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name);
}

/** The error of a data set that is nowhere: says where it was looked for and how to get it. */
export function missing(title: string, name: string, folders: readonly string[]): NotFoundError {
  // A name may be that of a file.
  const place = /\.\w+$/.test(name) ? name : `${name}/`;
  return new NotFoundError(
    `Cannot find ${title}: looked in ${folders.join(" and ")}; ${wayTo(name)}, ` +
      `or set ESPALIER_DATA to a folder that has ${place}`,
  );
}

/** How a data set, or a folder or file of one, is got, in words for an error. */
export function wayTo(name: string): string {
  const within = (set: string) => name === set || name.startsWith(`${set}/`);
  const fetched = [...Object.keys(MANIFEST), ...Object.keys(PACKAGED_MODELS)].find(within);
  if (fetched !== undefined) return `download it with \`deno task data ${fetched}\``;
  const own = Object.keys(OWN_DATA).find(within);
  if (own === undefined) return "put it there";
  const { page, layout } = OWN_DATA[own]!;
  return `it is not downloaded for you: get it from ${page} and put there ${layout.replaceAll("`", "")}`;
}
