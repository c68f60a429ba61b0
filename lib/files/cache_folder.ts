import { Error } from "../errors.ts";

/**
 * Where downloads, and what was measured once, are kept: `espalier` in the user's cache folder
 * (`XDG_CACHE_HOME`, `~/Library/Caches`, `LOCALAPPDATA` or `~/.cache`).
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
