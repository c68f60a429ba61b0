import { deepEqual, rejects } from "node:assert/strict";
import { gunzip } from "../../../lib/formats/archives/gunzip.ts";

const TEXT = new TextEncoder().encode("espalier ".repeat(100));

Deno.test("gzip: unpacked and checked", async () => {
  const stream = new Blob([TEXT]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  deepEqual(await gunzip(packed), TEXT);
  await rejects(gunzip(packed.subarray(0, packed.length - 9), "cut.gz"), {
    name: "SyntaxError",
    message: /cut\.gz/,
  });
  await rejects(gunzip(TEXT, "x.gz"), { name: "SyntaxError", message: /expected a gzip file/ });
});
