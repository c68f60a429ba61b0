import assert from "node:assert/strict";
import { inFolder } from "../in_folder.ts";
import { servePage } from "../../tasks/page/serve_page.ts";

Deno.test("files of the folder are served with their types, and all else is not found", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/page/more`, { recursive: true });
    await Deno.writeTextFile(`${folder}/page/index.html`, "<p>it</p>");
    await Deno.writeTextFile(`${folder}/page/more/a b.js`, "1");
    await Deno.writeTextFile(`${folder}/page-secret`, "no");
    const server = servePage(`${folder}/page`, 0);
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${server.addr.port}${path}`);
      return [response.status, response.headers.get("content-type"), await response.text()];
    };
    try {
      assert.deepEqual(await get("/"), [200, "text/html; charset=utf-8", "<p>it</p>"]);
      assert.deepEqual(await get("/more/a%20b.js"), [200, "text/javascript; charset=utf-8", "1"]);
      for (const path of ["/%", "/%ff", "/%00", "/more", "/more/", "/nothing", "/..%2fpage-secret"]) {
        const [status, , text] = await get(path);
        assert.deepEqual([status, text], [404, "There is no such file"], path);
      }
    } finally {
      await server.shutdown();
    }
  });
});
