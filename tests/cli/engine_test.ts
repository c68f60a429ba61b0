import assert from "node:assert/strict";
import { engineOf, ENGINES } from "../../lib/cli/engine.ts";
import { engines, openRuntime } from "../../lib/runtime/engines.ts";

Deno.test("the engine that is typed is the one that opens, and its name is one of those there are", async () => {
  assert.deepEqual((await engines()).map(({ name }) => name).sort(), [...ENGINES].sort());
  const runtime = await openRuntime(engineOf({ engine: "wasm" }));
  try {
    assert.equal(runtime.engine, "wasm");
  } finally {
    await runtime.close();
  }
  assert.deepEqual(engineOf({}), {});
  assert.throws(() => engineOf({ engine: "cuda" }), {
    name: "UsageError",
    message: "Cannot read --engine cuda: expected one of native, webgpu, wasm",
  });
});
