import assert from "node:assert/strict";
import type { Weight } from "../../lib/nn/weights.ts";
import type { Session, Tensors } from "../../lib/runtime/runtime.ts";
import { liveLayers } from "../../lib/sparse/live_layers.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

const weights: Weight[] = [{ name: "w", role: "weight", op: "Gemm", tensor: float32([1, 2], [1, 2]) }];
const now: Tensors = { w: float32([3, 4], [1, 2]), other: float32([0], [1]) };

Deno.test("layers are the weights of the method, on the very numbers of the session", async () => {
  const layers = liveLayers(weights, true);
  const session = { carried: () => now } as unknown as Session;
  const [layer, ...others] = await layers.inSession(session, undefined);
  assert.deepEqual([layer!.name, layer!.dims, [...layer!.weights], others], ["w", [1, 2], [3, 4], []]);
  layer!.weights[0] = 9;
  assert.equal(now.w!.data[0], 9);
});

Deno.test("tensors on a GPU are brought to the CPU first", async () => {
  const brought: unknown[] = [];
  const there = { ...float32([5, 6], [1, 2]), dims: [1, 2], location: "gpu-buffer" };
  const tensor = {
    ...there,
    getData: (release: boolean) => Promise.resolve(void (brought.push(release), tensor.location = "cpu")),
  };
  const session = { carried: () => ({ w: tensor }) } as unknown as Session;
  await liveLayers(weights, false).inSession(session, undefined);
  assert.deepEqual(brought, [true]);
});

Deno.test("coefficients and marks outlive a checkpoint, and start at zero without one", () => {
  const layers = liveLayers(weights, true);
  const [layer] = layers.of(now);
  layer!.decay.set([0.25, 0.5]);
  layer!.marks[1] = 1;
  const again = liveLayers(weights, true);
  again.restore(layers.saved());
  assert.deepEqual([...again.decayOf("w").data as Float32Array], [0.25, 0.5]);
  assert.deepEqual([...again.of(now)[0]!.marks], [0, 1]);
  layers.stopDecay();
  assert.deepEqual([...layer!.decay, ...layer!.marks], [0, 0, 0, 1]);
  again.restore({});
  assert.deepEqual([...again.decayOf("w").data as Float32Array], [0.25, 0.5], "what is not saved is left");
});

Deno.test("a method without decay has no room for it", () => {
  const [layer] = liveLayers(weights, false).of(now);
  assert.deepEqual([layer!.decay.length, layer!.marks.length], [0, 0]);
});
