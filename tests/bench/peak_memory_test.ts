import assert from "node:assert/strict";
import { peakMemory } from "./peak_memory.ts";

Deno.test({
  name: "the most memory of a process is at least what it holds, in bytes",
  ignore: Deno.build.os !== "linux",
  fn() {
    const { rss } = Deno.memoryUsage();
    const most = peakMemory();
    assert.ok(most >= rss && most < 100 * rss, `${most} bytes at the most, ${rss} now`);
  },
});
