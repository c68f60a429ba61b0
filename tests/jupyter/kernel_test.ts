import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { killIfThere } from "../experiment/clusters.ts";
import { noKernel as ignore } from "./kernel.ts";

Deno.test("a kernel ends with the program that started it, however that ends", {
  ignore: ignore || Deno.build.os !== "linux",
}, async () => {
  const tmp = await Deno.makeTempDir({ prefix: "espalier-kernel-" });
  const program = new URL("./kernel_parent.ts", import.meta.url);
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--no-lock", program.href],
    env: { TMPDIR: tmp },
    stdout: "piped",
  }).spawn();
  try {
    let said = "";
    for await (const text of parent.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (/pid \d+\n/.test(said)) break;
    }
    const kernel = /pid (\d+)/.exec(said)?.[1];
    assert.ok(kernel && existsSync(`/proc/${kernel}`), "the kernel runs");
    // Key and ports are in the connection file: it is gone as soon as the kernel has read it.
    assert.deepEqual([...Deno.readDirSync(tmp)], []);
    parent.kill("SIGKILL");
    for (const end = Date.now() + 30_000; existsSync(`/proc/${kernel}`) && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(!existsSync(`/proc/${kernel}`), "the kernel is gone");
  } finally {
    killIfThere(parent.pid);
    await parent.status;
    await Deno.remove(tmp, { recursive: true });
  }
});
