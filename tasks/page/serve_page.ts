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
    const path = resolve(root, `.${decodeURIComponent(pathname === "/" ? "/index.html" : pathname)}`);
    const file = path.startsWith(root + sep) ? await Deno.open(path).catch(() => undefined) : undefined;
    if (!file) return new Response("There is no such file", { status: 404 });
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    return new Response(file.readable, {
      headers: { "content-type": type, "cache-control": "no-cache", ...isolated ? ISOLATED : {} },
    });
  });
}
