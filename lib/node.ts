/**
 * What the library takes of Node's modules, which Deno has too. Each function is found when it is called: a
 * page has no such modules, and loads what it will never call.
 */
import { Error } from "./errors.ts";

/** Modules of Node, by name. */
interface NodeModules {
  "node:crypto": typeof import("node:crypto");
  "node:fs": typeof import("node:fs");
  "node:fs/promises": typeof import("node:fs/promises");
  "node:os": typeof import("node:os");
  "node:path": typeof import("node:path");
  "node:timers/promises": typeof import("node:timers/promises");
  "node:url": typeof import("node:url");
  "node:zlib": typeof import("node:zlib");
}

/** A module of Node, where there is one: in a page there is none. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined;
}

/** A function of a module of Node, looked up at each call. */
function later<Name extends keyof NodeModules, Key extends keyof NodeModules[Name] & string>(
  name: Name,
  key: Key,
): NodeModules[Name][Key] {
  const call = (...args: unknown[]): unknown => {
    const found = nodeModule(name);
    if (found) return (found[key] as (...args: unknown[]) => unknown)(...args);
    throw new Error(
      `Cannot call ${key} of ${name} here: a page has no such module; give bytes in place of paths, and do what ` +
        "needs a disk or processes in Deno or Node",
    );
  };
  return call as NodeModules[Name][Key];
}

export const createHash: NodeModules["node:crypto"]["createHash"] = later("node:crypto", "createHash");
export const createReadStream: NodeModules["node:fs"]["createReadStream"] = later(
  "node:fs",
  "createReadStream",
);
export const existsSync: NodeModules["node:fs"]["existsSync"] = later("node:fs", "existsSync");
export const mkdir: NodeModules["node:fs/promises"]["mkdir"] = later("node:fs/promises", "mkdir");
export const readFile: NodeModules["node:fs/promises"]["readFile"] = later("node:fs/promises", "readFile");
export const rename: NodeModules["node:fs/promises"]["rename"] = later("node:fs/promises", "rename");
export const rm: NodeModules["node:fs/promises"]["rm"] = later("node:fs/promises", "rm");
export const stat: NodeModules["node:fs/promises"]["stat"] = later("node:fs/promises", "stat");
export const cpus: NodeModules["node:os"]["cpus"] = later("node:os", "cpus");
export const hostname: NodeModules["node:os"]["hostname"] = later("node:os", "hostname");
export const dirname: NodeModules["node:path"]["dirname"] = later("node:path", "dirname");
export const join: NodeModules["node:path"]["join"] = later("node:path", "join");
export const resolve: NodeModules["node:path"]["resolve"] = later("node:path", "resolve");
export const delay: NodeModules["node:timers/promises"]["setTimeout"] = later(
  "node:timers/promises",
  "setTimeout",
);
export const fileURLToPath: NodeModules["node:url"]["fileURLToPath"] = later("node:url", "fileURLToPath");
export const pathToFileURL: NodeModules["node:url"]["pathToFileURL"] = later("node:url", "pathToFileURL");
export const createGunzip: NodeModules["node:zlib"]["createGunzip"] = later("node:zlib", "createGunzip");
