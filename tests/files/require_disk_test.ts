import assert from "node:assert/strict";
import { requireDisk } from "../../lib/files/require_disk.ts";

Deno.test("where there is no Deno there is no disk, and the way out is said", () => {
  requireDisk("read a.onnx", "give its bytes");
  const page = globalThis as { Deno?: unknown };
  const kept = page.Deno;
  try {
    delete page.Deno;
    assert.throws(() => requireDisk("read a.onnx", "give its bytes"), {
      message: "Cannot read a.onnx: only Deno has a disk to it; in a page, give its bytes",
    });
  } finally {
    page.Deno = kept;
  }
});
