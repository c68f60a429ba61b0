/** The metanetwork block by block beside the metanetwork as one graph, on the CPU. */
import assert from "node:assert/strict";
import { applyMetanetwork } from "../../lib/metanet/apply_metanetwork.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { featureFeeds } from "../../lib/metanet/feature_feeds.ts";
import type { MetaGraph } from "../../lib/metagraph/meta_graph.ts";
import { metaPrune } from "../../lib/metanet/meta_prune.ts";
import { metanetworkModel } from "../../lib/metanet/metanetwork.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import {
  createMetanetwork,
  type Metanetwork,
  type MetanetworkSettings,
} from "../../lib/metanet/metanetwork_parameters.ts";
import { type ByBlocksOptions, runByBlocks } from "../../lib/metanet/run_by_blocks.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vit } from "../../lib/nn/vit.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import type { WebgpuRuntime } from "../../lib/runtime/webgpu.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { Net } from "../prune/net.ts";
import { BLOCKS } from "../prune/random_networks.ts";
import { withEngine } from "../train/engines.ts";
import { branched } from "./branched.ts";
import { onEdgeList } from "./edge_list.ts";
import { assertGolden, GOLDEN_STRUCTURE, goldenFeatures, goldenNetwork } from "./golden.ts";

/** Networks, and how a metanetwork reads them where it is not by taps. */
const MODELS: Record<string, [build: () => Model, settings?: Partial<MetanetworkSettings>]> = {
  "an MLP": [() => mlp({ sizes: [8, 16, 12, 4] })],
  "a residual network that downsamples": [() => resnetCifar({ shortcut: "B", widths: [4, 6, 8] })],
  "the same in the published layout": [
    () => resnetCifar({ shortcut: "B", widths: [3, 4, 5] }),
    { layout: "published", edges: [9] },
  ],
  "branches, concatenations, groups": [branched],
  "splits and shuffles": [splits],
  "attention": [() => vit({ image: 8, patch: 4, layers: 2, heads: 2, hidden: 8, mlp: 6, classes: 3 })],
};

function splits(): Model {
  const n = new Net();
  let x = n.conv(n.g.input("x", "float32", [1, 3, 4, 4]), 3, 8);
  for (const name of ["halves", "shuffle", "dense", "excite", "pad"]) x = BLOCKS[name]!(n, x);
  n.g.output(n.conv(x, 8, 2), "y");
  return n.g.model();
}

/** On the CPU the twin of the kernel computes: that takes no adapter. */
for (const engine of ["native", "webgpu"] as const) {
  for (const [name, [build, settings]] of Object.entries(MODELS)) {
    withEngine(`block by block is what one graph says: ${name}`, engine, async (runtime) => {
      const model = build();
      const net = metanetworkFor(model, { layers: 2, hidden: 6, ratio: 0.5, seed: 5, ...settings });
      const graph = metaGraph(model, { layout: net.settings.layout });
      assertSame(await leakless(net, graph, runtime), await atOnce(net, graph));
    });
  }

  withEngine("block by block is what an edge list says", engine, async (runtime) => {
    const graph = metaGraph(branched());
    const net = metanetworkFor(branched(), { layers: 3, hidden: 5, ratio: 0.5, seed: 6 });
    assertSame(flat(await leakless(net, graph, runtime)), onEdgeList(graph, net));
  });

  for (const ratio of [.01, 1]) {
    withEngine(`block by block gives the golden vector, ratio ${ratio}`, engine, async (runtime) => {
      const features = goldenFeatures();
      const { layers, blocks } = GOLDEN_STRUCTURE;
      const graph = {
        layers: layers.map((layer, i) => ({ ...layer, features: features.nodes[i] })),
        blocks: [{ ...blocks[0], features: features.edges }],
      } as unknown as MetaGraph;
      const { nodes, edges } = await leakless(goldenNetwork(ratio), graph, runtime);
      assertGolden(nodes, edges[0]!, ratio);
    });
  }

  withEngine("blocks that are cut by rows give the same", engine, async (runtime) => {
    for (const model of [mlp({ sizes: [8, 16, 12, 4] }), branched()]) {
      const graph = metaGraph(model);
      const net = metanetworkFor(model, { layers: 2, hidden: 4, ratio: 0.5, seed: 7 });
      assertSame(await leakless(net, graph, runtime, { partBytes: 600 }), await atOnce(net, graph));
    }
  });

  withEngine("kernels by their sizes, large ones too", engine, async (runtime) => {
    const n = new Net();
    const x = n.conv(n.g.input("x", "float32", [1, 2, 9, 9]), 2, 3, 9);
    n.g.output(n.conv(x, 3, 4, 1), "y");
    const graph = metaGraph(n.g.model());
    const sizes = [...new Set(graph.blocks.map(({ taps }) => taps.length))];
    assert.ok(sizes.some((size) => size > 64) && sizes.length > 1, `${sizes}`);
    const settings = { nodeFeatures: graph.slots.length, nodeContext: 0, layers: 1, hidden: 3, ratio: 0.5 };
    const net = createMetanetwork({ ...settings, edges: sizes }, { seed: 8 });
    assertSame(await leakless(net, graph, runtime), await atOnce(net, graph));
  });

  withEngine(
    "a metanetwork for other graphs is refused, and nothing stays behind",
    engine,
    async (runtime) => {
      const graph = metaGraph(branched());
      const net = (settings: object) => metanetworkFor(branched(), { layers: 1, hidden: 4, ...settings });
      const refused = async (metanetwork: Metanetwork, message: RegExp) => {
        await assert.rejects(leakless(metanetwork, graph, runtime), message);
        assert.equal(buffersOf(runtime), 0);
      };
      await refused(net({ nodeContext: 2 }), /reads 2 numbers of context per node, and the graph has/);
      await refused(net({ edges: [1] }), /edges "stem.weight" have 9 numbers, and it reads 1/);
      await refused(net({ nodeFeatures: 3 }), /reads 3 features per node, and the graph has/);
      const { settings, weights } = net({});
      const lacks = Object.fromEntries(
        Object.entries(weights).filter(([name]) => !name.includes("edge_decoder")),
      );
      await refused({ settings, weights: lacks }, /edge_decoder/);
    },
  );
}

withEngine(
  "on a GPU, applyMetanetwork and metaPrune pass messages by the kernel",
  "webgpu",
  async (runtime) => {
    const { gpu } = runtime as WebgpuRuntime;
    const model = mlp({ sizes: [8, 24, 12, 4] });
    const net = metanetworkFor(model, { layers: 2, hidden: 4, ratio: 0.3, seed: 9 });
    const native = await openRuntime({ engine: "native" });
    const before = gpu.counters().passes;
    const there = await metaPrune(model, net, { macs: 0.5, runtime });
    assert.ok(gpu.counters().passes > before, "no kernel ran on the GPU");
    const changed = await applyMetanetwork(model, net, { runtime });
    const here = await metaPrune(model, net, { macs: 0.5, runtime: native });
    await native.close();
    assert.deepEqual(there.macs, here.macs);
    const numbers = (each: Model) =>
      [...each.graph.initializers.values()].filter(({ type }) => type === "float32").flatMap((tensor) =>
        numbersOf(tensor as Tensor)
      );
    assertClose(numbers(there.changed), numbers(here.changed), REORDERED_FLOAT32, "changed");
    assertClose(numbers(changed), numbers(here.changed), REORDERED_FLOAT32, "changed");
    assertClose(numbers(there.model), numbers(here.model), REORDERED_FLOAT32, "pruned");
  },
);

type Features = Awaited<ReturnType<typeof runByBlocks>>;

const buffersOf = (runtime: Runtime): number =>
  "gpu" in runtime ? (runtime as WebgpuRuntime).gpu.counters().buffers : 0;

async function leakless(
  net: Metanetwork,
  graph: MetaGraph,
  runtime: Runtime,
  options?: ByBlocksOptions,
): Promise<Features> {
  const before = buffersOf(runtime);
  const features = await runByBlocks(net, graph, runtime, options);
  assert.equal(buffersOf(runtime), before, "buffers after and before");
  return features;
}

/** As one graph, on the CPU. */
async function atOnce(net: Metanetwork, graph: MetaGraph): Promise<Features> {
  const outputs = await runModel(metanetworkModel(net, graph), featureFeeds(graph));
  return {
    nodes: graph.layers.map((_, i) => outputs[`nodes.${i}.next`]!),
    edges: graph.blocks.map((_, i) => outputs[`edges.${i}.next`]!),
  };
}

function flat({ nodes, edges }: Features): { nodes: number[]; edges: number[] } {
  return { nodes: nodes.flatMap(numbersOf), edges: edges.flatMap(numbersOf) };
}

function assertSame(
  found: Features | ReturnType<typeof flat>,
  expected: Features | ReturnType<typeof flat>,
): void {
  const numbers = (list: Features["nodes"] | number[]) =>
    list.flatMap((each) => typeof each === "number" ? each : numbersOf(each));
  assertClose(numbers(found.nodes), numbers(expected.nodes), REORDERED_FLOAT32, "nodes");
  assertClose(numbers(found.edges), numbers(expected.edges), REORDERED_FLOAT32, "edges");
}
