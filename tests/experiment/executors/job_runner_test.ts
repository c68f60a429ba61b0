import assert from "node:assert/strict";
import { openJobRunner } from "../../../lib/experiment/executors/job_runner.ts";
import { IN_WORKER, type Job } from "../../../lib/experiment/job.ts";
import type { Kind } from "../../../lib/experiment/mod.ts";
import { withStore } from "../with_store.ts";

/** Asks for its engine. */
const asking: Kind<object, object> = {
  name: "asking",
  version: 1,
  module: import.meta.url,
  label: () => "asking",
  async work(_, { runtime }) {
    await runtime();
    return { rows: [] };
  },
};

export const kinds: readonly Kind[] = [asking];

withStore("an engine that did not open is tried again for the next job", async (store) => {
  const gpu = Object.getOwnPropertyDescriptor(navigator, "gpu");
  const [said, errors] = [["the driver starts", "the driver is gone"], [] as string[]];
  const requestAdapter = () => Promise.reject(new Error(said.shift()));
  Object.defineProperty(navigator, "gpu", { value: { requestAdapter }, configurable: true });
  try {
    const runner = openJobRunner();
    const { name, version, module } = asking;
    const job: Job = {
      name,
      kind: name,
      version,
      module,
      label: name,
      spec: {},
      needs: {},
      data: {},
      engine: "webgpu",
      threads: 1,
      store,
    };
    for (let i = 0; i < 2; i++) {
      const answer = await runner.run(job, () => {});
      errors.push("error" in answer ? answer.error : "none");
    }
    await runner.close();
  } finally {
    Deno.env.delete(IN_WORKER);
    if (gpu) Object.defineProperty(navigator, "gpu", gpu);
    else delete (navigator as { gpu?: unknown }).gpu;
  }
  assert.match(errors[0]!, /the driver starts/);
  assert.match(errors[1]!, /the driver is gone/);
});
