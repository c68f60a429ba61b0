import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);

/** Serves the repository's code as a web server would: nothing but text by address. */
export function serveCode(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const file = new URL(`.${new URL(request.url).pathname}`, ROOT);
    if (!file.href.startsWith(ROOT.href) || !existsSync(file)) {
      return new Response("not found", { status: 404 });
    }
    const type = file.pathname.endsWith(".ts") ? "application/typescript" : "application/octet-stream";
    return new Response(await Deno.readFile(fileURLToPath(file)), { headers: { "content-type": type } });
  });
}
