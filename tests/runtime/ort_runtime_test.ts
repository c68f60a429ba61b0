import assert from "node:assert/strict";
import { importOrtNode } from "../../lib/deps.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { ortRuntime } from "../../lib/runtime/ort_runtime.ts";
import { newQueue } from "../../lib/queue.ts";
import type { Ort } from "../../lib/runtime/ort_session.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

Deno.test("closing a runtime frees its sessions and what lies beneath them, once", async () => {
  const { default: ort } = await importOrtNode() as unknown as { default: Ort };
  let freed = 0;
  const runtime = ortRuntime({ ort, options: {}, carryAt: "cpu", queue: newQueue() }, {
    name: "native",
    device: "here",
    free: () => Promise.resolve(void freed++),
  });
  const [first, second] = [
    await runtime.session(mlp({ sizes: [2, 2] })),
    await runtime.session(mlp({ sizes: [2, 2] })),
  ];
  const input = float32([1, 2], [1, 2]);
  await first.release();
  await assert.rejects(first.run({ input }), /Cannot use a session that was released/);
  await second.run({ input });
  await runtime.close();
  await runtime.close();
  assert.equal(freed, 1);
  await assert.rejects(second.run({ input }), /Cannot use a session that was released/);
  await assert.rejects(runtime.session(mlp({ sizes: [2, 2] })), {
    name: "TypeError",
    message: "Cannot load a model: the native runtime was closed; open another one",
  });
});

Deno.test("closing frees all, also where a session cannot be released, and one that was still loading", async () => {
  const { default: ort } = await importOrtNode() as unknown as { default: Ort };
  let [freed, released, opened] = [0, 0, 0];
  let letIn = () => {};
  const gate = new Promise<void>((resolve) => letIn = resolve);
  const slow: Ort = {
    ...ort,
    InferenceSession: {
      ...ort.InferenceSession,
      create: async (...args: Parameters<Ort["InferenceSession"]["create"]>) => {
        const session = await ort.InferenceSession.create(...args);
        const own = session.release.bind(session);
        session.release = async () => {
          await own();
          if (released++ === 0) throw new Error("the first one hangs on");
        };
        if (opened++ === 2) await gate;
        return session;
      },
    },
  };
  const runtime = ortRuntime({ ort: slow, options: {}, carryAt: "cpu", queue: newQueue() }, {
    name: "native",
    device: "here",
    free: () => Promise.resolve(void freed++),
  });
  const model = mlp({ sizes: [2, 2] });
  await runtime.session(model);
  await runtime.session(model);
  const late = runtime.session(model);
  const closing = runtime.close();
  letIn();
  await assert.rejects(late, /the native runtime was closed/);
  await assert.rejects(closing, /the first one hangs on/);
  assert.deepEqual([released, freed], [3, 1]);
});
