import assert from "node:assert/strict";
import { cacheFolder } from "../../lib/files/cache_folder.ts";

const NAMES = ["XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"];

/** The folder in this environment. */
function folderIn(environment: Record<string, string>): string {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of NAMES) {
      name in environment ? Deno.env.set(name, environment[name]!) : Deno.env.delete(name);
    }
    return cacheFolder();
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  }
}

Deno.test("the cache is where the system keeps such, in a folder of its own", () => {
  const ofHome = Deno.build.os === "darwin" ? "/h/Library/Caches/espalier" : "/h/.cache/espalier";
  assert.equal(folderIn({ XDG_CACHE_HOME: "/c", LOCALAPPDATA: "/l", HOME: "/h" }), "/c/espalier");
  assert.equal(folderIn({ LOCALAPPDATA: "/l", HOME: "/h" }), "/l/espalier");
  assert.equal(folderIn({ HOME: "/h" }), ofHome);
  assert.equal(folderIn({ XDG_CACHE_HOME: "", HOME: "/h" }), ofHome, "an empty name is none");
  assert.throws(() => folderIn({}), /Cannot find a cache folder: expected HOME or XDG_CACHE_HOME/);
});
