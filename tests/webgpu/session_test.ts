/** Kernels on the very buffers that a session computes with. */
import assert from "node:assert/strict";
import { kthValue, softShrink, toCpu, toGpu } from "../../kernels/webgpu/mod.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { openWebgpu } from "../../lib/runtime/webgpu.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { required } from "../data.ts";
import { tagged } from "../tags.ts";
import { hasAdapter } from "../train/engines.ts";

const ignore = !hasAdapter && !required("webgpu");
const [inputs, outputs] = [7, 5];

/** y = x·w and z = x·v; w and v are carried, and each run adds a step to both. */
function twoLayers() {
  const g = new GraphBuilder("two layers");
  const x = g.input("x", "float32", ["N", inputs]);
  const step = g.input("step", "float32", []);
  for (const [weight, product] of [["w", "y"], ["v", "z"]] as const) {
    const value = g.input(weight, "float32", [inputs, outputs]);
    g.output(g.matMul(x, value), product);
    g.output(g.add(value, step), `${weight}2`);
  }
  return g.model();
}

const random = seededRandom(0, "session");
const weights = () =>
  float32(Array.from({ length: inputs * outputs }, () => random.normal()), [inputs, outputs]);
const x = float32(Array.from({ length: 3 * inputs }, () => random.normal()), [3, inputs]);

function times(weight: number[]): number[] {
  const rows = numbersOf(x);
  return Array.from({ length: 3 * outputs }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      sum += rows[Math.floor(at / outputs) * inputs + i]! * weight[i * outputs + at % outputs]!;
    }
    return sum;
  });
}

Deno.test({
  name: tagged(
    "a kernel in place on a session's buffer changes what the session computes next, and nothing else",
    "gpu",
  ),
  ignore,
  async fn() {
    const runtime = await openWebgpu();
    try {
      const session = await runtime.session(twoLayers(), { carry: { w: "w2", v: "v2" } });
      const [w, v] = [weights(), weights()];
      const plain = { w: numbersOf(w), v: numbersOf(v) };
      await session.setState({ w, v });
      await session.run({ x, step: float32([0], []) });
      const passes = runtime.gpu.counters().passes;

      const live = session.carried();
      assert.equal(live.w!.location, "gpu-buffer");
      await softShrink([live.w!], await kthValue([live.w!], 17), { factor: 0 });
      assert.ok(runtime.gpu.counters().passes > passes, "the kernels ran on the CPU");

      const small = plain.w.toSorted((a, b) => Math.abs(a) - Math.abs(b)).slice(0, 17);
      const shrunk = plain.w.map((value) => small.includes(value) ? 0 : value);
      const { y, z } = await session.run({ x, step: float32([0], []) });
      assertClose(numbersOf(y!), times(shrunk), REORDERED_FLOAT32, "y");
      assertClose(numbersOf(z!), times(plain.v), REORDERED_FLOAT32, "z");
      const state = await session.state();
      assert.deepEqual(numbersOf(state.w!), shrunk);
      assert.deepEqual(numbersOf(state.v!), plain.v);
      // What the caller gave in the beginning is the caller's.
      assert.deepEqual(numbersOf(w), plain.w);
      await session.release();
    } finally {
      await runtime.close();
    }
  },
});

Deno.test({
  name: tagged("reading the state leaves it on the GPU, and no buffer behind", "gpu"),
  ignore,
  async fn() {
    const runtime = await openWebgpu();
    try {
      const { device } = runtime.gpu;
      const create = device.createBuffer.bind(device);
      let living = 0;
      device.createBuffer = (descriptor) => {
        const buffer = create(descriptor);
        const destroy = buffer.destroy.bind(buffer);
        living++;
        buffer.destroy = () => {
          living--;
          destroy();
        };
        return buffer;
      };
      const session = await runtime.session(twoLayers(), { carry: { w: "w2", v: "v2" } });
      await session.setState({ w: weights(), v: weights() });
      const counts: number[] = [];
      for (let i = 0; i < 6; i++) {
        await session.run({ x, step: float32([1], []) });
        const before = session.carried().w!;
        await session.state();
        await session.state();
        const after = session.carried().w!;
        assert.equal(after.location, "gpu-buffer");
        assert.equal(after.gpuBuffer, before.gpuBuffer);
        counts.push(living);
      }
      assert.ok(counts[0]! > 0, "no buffer was seen");
      assert.equal(counts[5], counts[2], `buffers after each round: ${counts}`);
      await session.release();
    } finally {
      await runtime.close();
    }
  },
});

Deno.test({
  name: tagged(
    "outputs that stay are fed to other sessions and to kernels, and are gone when disposed of",
    "gpu",
  ),
  ignore,
  async fn() {
    const runtime = await openWebgpu();
    try {
      const first = await runtime.session(twoLayers(), { stay: ["y", "v2"] });
      const [w, v] = [weights(), weights()];
      const { y, z, w2, v2 } = await first.run({ x, step: float32([1], []), w, v });
      assert.deepEqual([y, z, w2, v2].map((tensor) => tensor!.location), [
        "gpu-buffer",
        "cpu",
        "cpu",
        "gpu-buffer",
      ]);
      await softShrink([v2!], await kthValue([v2!], 17), { factor: 0 });
      const g = new GraphBuilder("next");
      g.output(g.mul(g.input("y", "float32", ["N", outputs]), 2), "twice");
      g.output(g.neg(g.input("v2", "float32", [inputs, outputs])), "minus");
      const second = await runtime.session(g.model());
      const own = toGpu(runtime.gpu, float32(numbersOf(w), w.dims));
      const { twice } = await second.run({ y: y!, v2: v2! });
      const { minus } = await second.run({ y: y!, v2: own });
      assertClose(numbersOf(twice!), times(numbersOf(w)).map((value) => 2 * value), REORDERED_FLOAT32);
      assert.deepEqual(numbersOf(minus!), numbersOf(w).map((value) => -value));
      const grown = numbersOf(v).map((value) => Math.fround(value + 1));
      const small = grown.toSorted((a, b) => Math.abs(a) - Math.abs(b)).slice(0, 17);
      assert.deepEqual(
        numbersOf(await toCpu(v2!)),
        grown.map((value) => small.includes(value) ? 0 * value : value),
      );
      for (const tensor of [y!, v2!, own]) tensor.dispose();
      assert.equal(runtime.gpu.counters().buffers, 0);
      await assert.rejects(
        runtime.session(g.model(), { stay: ["y"] }),
        /Cannot let output "y" stay: the model returns "twice", "minus"/,
      );
    } finally {
      await runtime.close();
    }
  },
});
