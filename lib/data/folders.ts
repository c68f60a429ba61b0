/**
 * Where downloads are kept: `espalier` in the user's cache folder (`XDG_CACHE_HOME`, `~/Library/Caches`,
 * `LOCALAPPDATA` or `~/.cache`).
 *
 * @throws {Error} where the environment names neither a cache nor a home
 */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || Deno.env.get("LOCALAPPDATA") || fromHome();
  if (!base) {
    throw new Error(
      "Cannot find a cache folder: expected HOME or XDG_CACHE_HOME in the environment; set one of them",
    );
  }
  return `${base}/espalier`;
}

function fromHome(): string | undefined {
  const home = Deno.env.get("HOME");
  if (!home) return undefined;
  return Deno.build.os === "darwin" ? `${home}/Library/Caches` : `${home}/.cache`;
}

/** Folders that may hold a data set, nearest first: under `ESPALIER_DATA`, then in the cache. */
export function dataFolders(name: string): string[] {
  const given = Deno.env.get("ESPALIER_DATA");
  return [...(given ? [`${given}/${name}`] : []), `${cacheFolder()}/${name}`];
}

/** Names of the files in a folder; none where there is no such folder. */
export async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).filter((entry) => !entry.isDirectory).map((
      { name },
    ) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The error of a data set that is nowhere: says where it was looked for and how to get it. */
export function missing(title: string, name: string, folders: readonly string[]): Error {
  return new Error(
    `Cannot find ${title}: looked in ${
      folders.join(" and ")
    }; download it with \`deno task data ${name}\`, ` +
      `or set ESPALIER_DATA to a folder that has ${name}/`,
  );
}
