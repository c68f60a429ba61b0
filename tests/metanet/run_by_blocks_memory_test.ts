/** What the metanetwork takes of a GPU, counted in the bytes of all buffers that are made there. */
import assert from "node:assert/strict";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { runByBlocks } from "../../lib/metanet/run_by_blocks.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { openWebgpu } from "../../lib/runtime/webgpu.ts";
import { required } from "../data.ts";
import { hasAdapter } from "../train/engines.ts";
import { tagged } from "../tags.ts";

const ignore = !hasAdapter && !required("webgpu");

const model = mlp({ sizes: [128, 256, 256, 10] });
const graph = metaGraph(model);
const net = metanetworkFor(model, { layers: 3, hidden: 8 });
const features = [...graph.layers, ...graph.blocks].reduce((sum, { features }) => sum + features.size, 0);
const states = 4 * 8 * graph.edges;

/** Counts bytes: of buffers that live, the most that ever lived, and those that were read back. */
function watched(device: GPUDevice): { living: number; peak: number; read: number } {
  const create = device.createBuffer.bind(device);
  const bytes = { living: 0, peak: 0, read: 0 };
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const [destroy, map] = [buffer.destroy.bind(buffer), buffer.mapAsync.bind(buffer)];
    let here = true;
    bytes.living += buffer.size;
    bytes.peak = Math.max(bytes.peak, bytes.living);
    buffer.destroy = () => {
      if (here) bytes.living -= buffer.size;
      here = false;
      destroy();
    };
    buffer.mapAsync = (mode, offset = 0, size = buffer.size - offset) => {
      if (mode === GPUMapMode.READ) bytes.read += size;
      return map(mode, offset, size);
    };
    return buffer;
  };
  return bytes;
}

Deno.test({
  name: tagged("states stay on the GPU, once, and run after run takes no more of it", "slow"),
  ignore,
  async fn() {
    const runtime = await openWebgpu();
    try {
      const bytes = watched(runtime.gpu.device);
      const left: number[] = [];
      for (let i = 0; i < 3; i++) {
        bytes.read = 0;
        await runByBlocks(net, graph, runtime, { partBytes: states / 16 });
        await runtime.gpu.idle();
        left.push(bytes.living);
      }
      assert.equal(left[2], left[1], `bytes after each run: ${left}`);
      // Beside the states a sixteenth of them, several times, and what kernels take for sums.
      const what = `${bytes.peak} bytes at most, ${states} of states`;
      assert.ok(bytes.peak > states && bytes.peak < 2.5 * states, what);
      const back = `${bytes.read} bytes were read back, of ${4 * features} of features`;
      assert.ok(bytes.read >= 4 * features && bytes.read < 5 * features, back);
    } finally {
      await runtime.close();
    }
  },
});

Deno.test({
  name: "a run that fails on the way leaves nothing behind",
  ignore,
  async fn() {
    const runtime = await openWebgpu();
    try {
      const bytes = watched(runtime.gpu.device);
      const { settings, weights } = net;
      const lacks = Object.fromEntries(
        Object.entries(weights).filter(([name]) => !name.includes("edge_decoder")),
      );
      const left: number[] = [];
      for (let i = 0; i < 3; i++) {
        await assert.rejects(runByBlocks({ settings, weights: lacks }, graph, runtime), /edge_decoder/);
        await runtime.gpu.idle();
        left.push(bytes.living);
      }
      assert.ok(bytes.peak > states, "it failed before there were states");
      assert.equal(left[2], left[1], `bytes after each run: ${left}`);
      assert.equal(runtime.gpu.counters().buffers, 0);
    } finally {
      await runtime.close();
    }
  },
});
