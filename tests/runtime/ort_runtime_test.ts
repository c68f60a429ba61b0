import assert from "node:assert/strict";
import { importOrtNode } from "../../lib/deps.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { ortRuntime } from "../../lib/runtime/ort_runtime.ts";
import { newQueue } from "../../lib/queue.ts";
import type { Ort } from "../../lib/runtime/ort_session.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";

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

/** A package of which each model is one number: 1 is a session that cannot be released. */
function fakeOrt(released: number[]): Ort {
  const create = (model: Uint8Array | string) =>
    Promise.resolve({
      inputMetadata: [],
      outputMetadata: [],
      inputNames: [],
      outputNames: [],
      release() {
        const [number] = model as Uint8Array;
        released.push(number!);
        return number === 1 ? Promise.reject(new Error("stuck")) : Promise.resolve();
      },
    });
  return { InferenceSession: { create }, Tensor } as unknown as Ort;
}

Deno.test("closing a runtime frees all, also where a session cannot be released or is still loading", async () => {
  const released: number[] = [];
  let freed = 0;
  const runtime = ortRuntime({ ort: fakeOrt(released), options: {}, carryAt: "cpu", queue: newQueue() }, {
    name: "wasm",
    device: "here",
    free: () => Promise.resolve(void freed++),
  });
  await runtime.session(Uint8Array.of(1));
  await runtime.session(Uint8Array.of(2));
  const loading = runtime.session(Uint8Array.of(3));
  const late = assert.rejects(loading, { name: "TypeError", message: /the wasm runtime was closed/ });
  const [first, second] = [runtime.close(), runtime.close()];
  await assert.rejects(first, { message: "stuck" });
  await assert.rejects(second, { message: "stuck" });
  await late;
  assert.deepEqual([released.sort(), freed], [[1, 2, 3], 1]);
});
