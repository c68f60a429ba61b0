import { extname, resolve, sep } from "node:path";

/** Types of the page's files, by the ends of their names. */
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** With these a page is isolated from other origins, and its threads may share memory. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * Serves the page on this machine, to nobody else.
 *
 * @param port 0 for any that is free
 * @param isolated whether the page may use threads
 */
export function servePage(folder: string, port: number, isolated = true): Deno.HttpServer<Deno.NetAddr> {
  const root = resolve(folder);
  return Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const path = pathIn(root, pathname === "/" ? "/index.html" : pathname);
    const file = path === undefined ? undefined : await openFile(path);
    if (path === undefined || file === undefined) {
      return new Response("There is no such file", { status: 404 });
    }
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    return new Response(file.readable, {
      headers: { "content-type": type, "cache-control": "no-cache", ...isolated ? ISOLATED : {} },
    });
  });
}

/** The path below a folder that an address names; none where it leads out, or is no text once decoded. */
function pathIn(root: string, pathname: string): string | undefined {
  try {
    const path = resolve(root, `.${decodeURIComponent(pathname)}`);
    return path.startsWith(root + sep) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A file to read; none where there is none, or a folder. */
async function openFile(path: string): Promise<Deno.FsFile | undefined> {
  const isFile = await Deno.stat(path).then((found) => found.isFile, () => false);
  return isFile ? await Deno.open(path).catch(() => undefined) : undefined;
}
