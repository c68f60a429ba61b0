import assert from "node:assert/strict";
import type { ExecutorOptions } from "../../../lib/experiment/executors/executor.ts";
import { openExecutor } from "../../../lib/experiment/executors/open_executor.ts";

const options: Omit<ExecutorOptions, "place" | "settings"> = {
  listener: { answer: () => {}, note: () => {}, broken: () => {} },
  store: ".",
  modules: [],
  workers: 2,
  threads: 1,
};

Deno.test("the executor of a name is opened with its settings, and closed without a job", async () => {
  const executor = await openExecutor("here", options);
  try {
    assert.ok(executor.capacity >= 2);
  } finally {
    await executor.close();
  }
  await assert.rejects(openExecutor("there", options), /RangeError: Cannot run on "there"/);
});
