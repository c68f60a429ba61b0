import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { withRuntime } from "../../lib/train/with_runtime.ts";

const CLOSED = /the native runtime was closed/;

Deno.test("a runtime that is given stays open, and one that was opened is closed, after a failure too", async () => {
  const given = await openRuntime({ engine: "native" });
  assert.equal(await withRuntime(given, (runtime) => Promise.resolve(runtime)), given);
  await (await given.session(mlp({ sizes: [2, 2] }))).release();
  await given.close();
  const opened: Runtime = await withRuntime(undefined, (runtime) => Promise.resolve(runtime));
  await assert.rejects(opened.session(mlp({ sizes: [2, 2] })), CLOSED);
  let failed: Runtime | undefined;
  const failing = withRuntime(undefined, (runtime) => {
    failed = runtime;
    return Promise.reject(new Error("no luck"));
  });
  await assert.rejects(failing, /no luck/);
  await assert.rejects(failed!.session(mlp({ sizes: [2, 2] })), CLOSED);
});
