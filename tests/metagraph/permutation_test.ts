import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import type { LayerView, MetaGraph } from "../../lib/metagraph/meta_graph.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import { vit } from "../../lib/nn/vit.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { permuteChannels } from "../../lib/prune/permute_channels.ts";
import { seededRandom } from "../../lib/random.ts";
import { ARCHITECTURES } from "../prune/architectures.ts";
import { Net } from "../prune/net.ts";
import { OPERATORS } from "../prune/operators.ts";

/** An edge by the nodes at its ends, numbered across layers, and what it carries. */
interface Edge {
  block: string;
  from: number;
  to: number;
  taps: string;
}

function edgesOf({ layers, blocks }: MetaGraph): Edge[] {
  const starts = [0];
  for (const { channels } of layers) starts.push(starts.at(-1)! + channels);
  const nodesOf = ({ layers: own, indices, length }: LayerView) => {
    const all = own.flatMap((layer) =>
      Array.from({ length: layers[layer]!.channels }, (_, i) => starts[layer]! + i)
    );
    return Array.from({ length }, (_, i) => all[indices ? indices[i]! : i]!);
  };
  return blocks.flatMap(({ name, kind, role, from, to, features, taps }) => {
    const [sources, targets, data] = [nodesOf(from), nodesOf(to), features.data as Float32Array];
    const T = taps.length;
    const edge = (i: number, o: number, at: number): Edge => ({
      block: `${role} ${name}`,
      from: sources[i]!,
      to: targets[o]!,
      taps: data.subarray(at * T, (at + 1) * T).join(),
    });
    return kind === "diagonal"
      ? sources.map((_, i) => edge(i, i, i))
      : targets.flatMap((_, o) => sources.map((_, i) => edge(i, o, o * sources.length + i)));
  });
}

/** A text per node that is the same for nodes that look the same from where they stand, some steps far. */
function looksOf(graph: MetaGraph, edges: readonly Edge[]): string[] {
  let looks = graph.layers.flatMap(({ channels, features, context }, layer) =>
    Array.from({ length: channels }, (_, i) =>
      [features, context].reduce((text, { data, dims }) => {
        return `${text} ${(data as Float32Array).subarray(i * dims[1]!, (i + 1) * dims[1]!).join()}`;
      }, `${layer}`))
  );
  for (let step = 0; step < 4; step++) {
    const seen: string[][] = looks.map((look) => [look]);
    for (const { block, from, to, taps } of edges) {
      seen[to]!.push(`in ${block} ${taps} ${looks[from]}`);
      seen[from]!.push(`out ${block} ${taps} ${looks[to]}`);
    }
    looks = seen.map(([own, ...others]) => short([own, ...others.sort()].join("|")));
  }
  return looks;
}

/** A short text in place of a long one: two 32-bit hashes. */
function short(text: string): string {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b + text.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13);
  }
  return `${a >>> 0}.${b >>> 0}`;
}

/** The nodes of one graph are those of the other in another order within their layers, edges and all. */
function assertPermuted(before: MetaGraph, after: MetaGraph, what: string): void {
  const [edges, others] = [edgesOf(before), edgesOf(after)];
  const [looks, now] = [looksOf(before, edges), looksOf(after, others)];
  const places = new Map(looks.map((look, node) => [look, node]));
  assert.equal(places.size, looks.length, `${what}: all nodes look different`);
  const was = now.map((look) => places.get(look)!);
  assert.ok(was.every((node) => node !== undefined), `${what}: every node was there before`);
  const key = ({ block, from, to }: Edge) => `${block} ${from} ${to}`;
  const carried = new Map(edges.map((edge) => [key(edge), edge.taps]));
  assert.equal(others.length, edges.length, `${what}: as many edges`);
  for (const { block, from, to, taps } of others) {
    assert.equal(
      carried.get(key({ block, from: was[from]!, to: was[to]!, taps })),
      taps,
      `${what}: ${block}`,
    );
  }
}

/** Biases and norms as they are after training: all different. */
function scattered(model: Model): Model {
  const initializers = new Map(model.graph.initializers);
  const random = seededRandom(11);
  for (const tensor of initializers.values()) {
    if (tensor.type !== "float32" || !("data" in tensor) || tensor.dims.length === 0) continue;
    const data = tensor.data as Float32Array;
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + random.normal(0, 0.1);
  }
  return model.withGraph({ ...model.graph, initializers });
}

const toy = ([, shape, build]: typeof OPERATORS[string]) => () => {
  const n = new Net();
  n.g.output(build(n, n.g.input("x", "float32", shape)), "y");
  return n.g.model();
};

const ZOO: Record<string, () => Model> = {
  mlp: () => scattered(mlp({ sizes: [5, 6, 4, 3] })),
  "ResNet-20, option A": () => scattered(resnetCifar({ widths: [3, 6, 9] })),
  "ResNet-20, option B": () => scattered(resnetCifar({ shortcut: "B", widths: [3, 4, 5] })),
  "VGG-11": () => scattered(vggBn({ depth: 11, widths: [3, 4, 5, 5, 5] })),
  ViT: () => scattered(vit({ image: 8, patch: 4, layers: 2, heads: 2, hidden: 8, mlp: 6, classes: 3 })),
  ...Object.fromEntries(
    Object.entries({ ...OPERATORS, ...ARCHITECTURES }).map(([name, net]) => [name, toy(net)]),
  ),
};

for (const [name, build] of Object.entries(ZOO)) {
  Deno.test(`channels of the model in another order are nodes in another order: ${name}`, () => {
    const model = build();
    const { prunable } = channelGroups(model);
    const graph = metaGraph(model);
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const permuted = prunable.reduce(
          (other, group) =>
            permuteChannels(other, group, seededRandom(seed, group.id).permutation(group.channels)),
          model,
        );
        assertPermuted(graph, metaGraph(permuted), name);
      }),
      { seed: 1, numRuns: 3 },
    );
  });
}
