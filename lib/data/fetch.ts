import { RangeError } from "../errors.ts";
import type { OptionNames } from "../options.ts";
import type { Progress } from "../progress.ts";
import { download } from "./download.ts";
import { cacheFolder } from "../files/cache_folder.ts";
import { wayTo } from "./folders.ts";
import { type DataSetName, MANIFEST } from "./manifest.ts";
import { OWN_DATA } from "./own_data.ts";

/** How {@linkcode fetchData} is watched, stopped and redirected. */
export interface FetchOptions {
  /** The folder to keep data sets in, one folder each. Default the cache folder. */
  folder?: string | undefined;
  /** Is told how far each download is, in bytes. */
  progress?: Progress | undefined;
  /** Stops the download. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode FetchOptions}. */
export const FETCH_OPTIONS: OptionNames<FetchOptions> = { folder: true, progress: true, signal: true };

/**
 * Brings data sets into the cache, unless they are there and right.
 *
 * @returns the folder of each
 * @throws {RangeError} an unknown name, {Error} a download that failed
 */
export async function fetchData(
  names: readonly string[] = Object.keys(MANIFEST),
  { folder = cacheFolder(), ...options }: FetchOptions = {},
): Promise<string[]> {
  const unknown = names.find((name) => !Object.hasOwn(MANIFEST, name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot fetch data set ${JSON.stringify(unknown)}: ${
        Object.hasOwn(OWN_DATA, unknown)
          ? wayTo(unknown)
          : `expected one of ${Object.keys(MANIFEST).join(", ")}`
      }`,
    );
  }
  const folders: string[] = [];
  for (const name of names) {
    for (const file of MANIFEST[name as DataSetName].files) {
      await download(file, `${folder}/${name}`, options);
    }
    folders.push(`${folder}/${name}`);
  }
  return folders;
}
