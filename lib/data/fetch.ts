/**
 * Downloads and verifies data sets: `deno task data [name…] [--list]`. Without names, all of them.
 */
import type { Progress } from "../progress.ts";
import { download } from "./download.ts";
import { cacheFolder } from "./folders.ts";
import { type DataSetName, MANIFEST } from "./manifest.ts";

/** How {@linkcode fetchData} is watched, stopped and redirected. */
export interface FetchOptions {
  /** The folder to keep data sets in, one folder each. Default the cache folder. */
  folder?: string;
  progress?: Progress;
  signal?: AbortSignal;
}

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
      `Cannot fetch data set ${JSON.stringify(unknown)}: expected one of ${Object.keys(MANIFEST).join(", ")}`,
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

/** One line every tenth of a file. */
function lines(): Progress {
  let [title, total, tenths] = ["", 0, -1];
  return {
    start: (what, bytes) => void ([title, total, tenths] = [what, bytes, -1]),
    step(done) {
      const now = Math.floor(10 * done / total);
      if (now === tenths) return;
      tenths = now;
      console.error(`${title}: ${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
    },
    close: (note) => console.error(`${title}: ${note ?? "done"}`),
  };
}

if (import.meta.main) {
  const names = Deno.args.filter((argument) => !argument.startsWith("-"));
  const unknown = Deno.args.find((argument) => argument.startsWith("-") && argument !== "--list");
  if (unknown !== undefined) {
    console.error(`Cannot read ${unknown}: the task is \`data [name…] [--list]\``);
    Deno.exit(1);
  } else if (Deno.args.includes("--list")) {
    for (const [name, { title, page, licence, files }] of Object.entries(MANIFEST)) {
      const size = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
      console.log(`${name}: ${title}, ${size.toFixed(1)} MB; ${page}; licence: ${licence}`);
    }
  } else {
    try {
      const folders = await fetchData(names.length > 0 ? names : undefined, { progress: lines() });
      console.log(folders.join("\n"));
    } catch (error) {
      console.error((error as Error).message);
      Deno.exit(1);
    }
  }
}
