import assert from "node:assert/strict";
import { requireDisk } from "../../lib/files/require_disk.ts";
import { inPage } from "../in_page.ts";

Deno.test("where there is no Deno there is no disk, and the way out is said", async () => {
  requireDisk("read a.onnx", "give its bytes");
  await inPage(() =>
    assert.throws(() => requireDisk("read a.onnx", "give its bytes"), {
      message: "Cannot read a.onnx: only Deno has a disk to it; in a page, give its bytes",
    })
  );
});
