import assert from "node:assert/strict";
import { takeCollector } from "../../../kernels/jupyter/kernel/inside/collector.ts";

const FLAGS = "DENO_V8_FLAGS";

Deno.test("the kernel takes its own flag of the engine away again, and leaves its user's", () => {
  const before = Deno.env.get(FLAGS);
  const cases = [
    { given: "--expose-gc", left: undefined, keeps: false },
    { given: "--max-old-space-size=999,--expose-gc", left: "--max-old-space-size=999", keeps: false },
    { given: "--expose-gc,--expose-gc", left: "--expose-gc", keeps: true },
    { given: "--expose_gc,--stack-size=900,--expose-gc", left: "--expose_gc,--stack-size=900", keeps: true },
  ];
  try {
    for (const { given, left, keeps } of cases) {
      let collected = 0;
      Deno.env.set(FLAGS, given);
      Object.defineProperty(globalThis, "gc", { value: () => collected++, configurable: true });
      const collect = takeCollector();
      assert.deepEqual([Deno.env.get(FLAGS), "gc" in globalThis], [left, keeps], given);
      collect();
      assert.equal(collected, 1);
    }
  } finally {
    Reflect.deleteProperty(globalThis, "gc");
    if (before === undefined) Deno.env.delete(FLAGS);
    else Deno.env.set(FLAGS, before);
  }
});
