import { Error } from "../../errors.ts";
import { readFile } from "../../files/read_file.ts";
import { lockFile } from "./worker_process.ts";

/**
 * Path of a file of this machine where its sources have travelled to, from the folder that they lie in: its
 * path without the root, so that the imports between files hold. Addresses of other protocols stay as they
 * are.
 */
export function travelled(address: string | URL): string {
  const url = new URL(address);
  return url.protocol === "file:" ? `.${decodeURIComponent(url.pathname)}` : url.href;
}

/**
 * The local files that a worker on another machine needs: the library, and the modules of experiments with
 * all that they import. Nothing is sent of what came by a URL: workers fetch it themselves.
 *
 * @returns contents by {@linkcode travelled} path
 */
export async function sourcesOf(modules: readonly string[]): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const library = [new URL("../../", import.meta.url), new URL("../../../kernels/webgpu/", import.meta.url)];
  const files = new Set<string>();
  for (const folder of library.filter(isLocal)) for await (const file of filesBelow(folder)) files.add(file);
  for (const module of modules) for (const file of await importedBy(module)) files.add(file);
  const lock = lockFile();
  if (lock) files.add(lock.href);
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of [...files].sort()) contents.set(travelled(file), await readFile(new URL(file)));
  return contents;
}

const isLocal = ({ protocol }: URL) => protocol === "file:";

async function* filesBelow(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const below = new URL(encodeURIComponent(name) + (isDirectory ? "/" : ""), folder);
    if (isDirectory) yield* filesBelow(below);
    else yield below.href;
  }
}

/** The local modules that one imports, itself included, as Deno finds them. */
async function importedBy(module: string): Promise<string[]> {
  if (!isLocal(new URL(module))) return [];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--quiet", "--no-config", "--no-lock", "--no-npm", "--no-remote", module],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) {
    throw new Error(`Cannot find what ${module} imports: ${text.decode(stderr).trim()}`);
  }
  const { modules } = JSON.parse(text.decode(stdout)) as { modules: { specifier: string; local?: string }[] };
  return modules.filter(({ specifier, local }) => local && isLocal(new URL(specifier))).map((found) =>
    found.specifier
  );
}
