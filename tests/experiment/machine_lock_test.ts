import assert from "node:assert/strict";
import { withStore } from "./with_store.ts";

withStore("who takes times is alone on the machine, also among several leaders", async (store) => {
  const spans = await Promise.all([0, 1].map(async (i) => {
    const names = Array.from({ length: 12 }, (_, k) => `${i} ${k}`);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-lock", new URL("timing_leader.ts", import.meta.url).pathname]
        .concat([`${store}/${i}`, "20", ...names]),
      stderr: "inherit",
    }).output();
    return JSON.parse(new TextDecoder().decode(stdout)) as { from: number; to: number }[];
  }));
  const all = spans.flat().sort((a, b) => a.from - b.from);
  assert.equal(all.length, 24);
  for (const [i, { from }] of all.entries()) {
    assert.ok(i === 0 || from >= all[i - 1]!.to, "two were timed at once");
  }
});
