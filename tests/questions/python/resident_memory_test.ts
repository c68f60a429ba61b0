import assert from "node:assert/strict";
import { watchMemory } from "../../../lib/questions/python/resident_memory.ts";

const linux = Deno.build.os === "linux";

Deno.test({
  name: "a process above its bound is told once, one below it and one that is gone never",
  ignore: !linux,
  async fn() {
    let [above, below] = [0, 0];
    const told = Promise.withResolvers<void>();
    const ends = [
      watchMemory(Deno.pid, 1 << 20, () => {
        above++;
        told.resolve();
      }),
      watchMemory(Deno.pid, 1e15, () => below++),
      watchMemory(2 ** 31 - 1, 1, () => below++),
    ];
    await told.promise;
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const end of ends) end();
    assert.deepEqual([above, below], [1, 0]);
  },
});
