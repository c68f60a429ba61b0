import assert from "node:assert/strict";
import { loadModel } from "../../lib/io/load_model.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { layerNorm } from "../../lib/nn/layers.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import {
  type ElementId,
  elementsOf,
  keptOf,
  maskElements,
  removeElements,
  transformerOf,
} from "../../lib/transformer/mod.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { type Built, built, FEEDS } from "./built.ts";
import { configured, feedsFor, network, NETWORKS, plain, plainFeeds, shaken, someOf } from "./networks.ts";
import { distance, logitsOf } from "./logits.ts";

for (const name of NETWORKS) {
  Deno.test(`Removed computes what masked does, to 1e-5, whatever goes: ${name}`, async () => {
    const model = await network(name);
    const feeds = feedsFor(model);
    const elements = elementsOf(transformerOf(model, { groups: 6 }));
    const whole = await logitsOf(model, feeds);
    const parts = elements.filter((id) => id.includes(".head.") || id.includes(".group."));
    const random = seededRandom(0, name);
    const choices = [
      ...[0.1, 0.3, 0.6].flatMap((probability) =>
        [elements, parts].map((from) => someOf(from, probability, random))
      ),
      parts,
      elements,
      elements.filter((id) => id.startsWith("hard-")),
      ["attention.0", "feed-forward.0"],
      ["attention.1", "feed-forward.1"],
    ] as ElementId[][];
    for (const [i, removed] of choices.entries()) {
      const configuration = configured(removed, i % 2 === 0);
      const masked = await logitsOf(maskElements(model, configuration), feeds);
      const smaller = removeElements(model, configuration);
      const found = distance(masked, await logitsOf(smaller, feeds));
      assert.ok(found <= 1e-5, `${removed}: ${found}`);
      assert.ok(distance(masked, whole) > 1e-3 || removed.length === 0, `${removed} changes nothing`);
      const again = await loadModel(smaller.toOnnx());
      assert.deepEqual(await logitsOf(again, feeds), await logitsOf(smaller, feeds));
      assert.deepEqual(keptOf(again), keptOf(smaller));
    }
  });
}

/** Every kind of element by itself, and some together. */
const PLAIN_CHOICES: readonly ElementId[][] = [
  ["attention.0.head.1", "feed-forward.0.group.0", "feed-forward.0.group.4"],
  ["attention.0.head.0", "attention.0.head.1"],
  ["attention.0"],
  ["feed-forward.0"],
  ["hard-attention.0"],
  ["hard-attention.0", "attention.0.head.0", "feed-forward.0.group.2"],
];

for (const opset of [11, 12, 13, 14, 15, 16, 18, 20]) {
  Deno.test(`Removed and masked load and agree in a model of operator set ${opset}`, async () => {
    const model = plain({ opset });
    const feeds = plainFeeds();
    const whole = await logitsOf(model, feeds);
    for (const [i, removed] of PLAIN_CHOICES.entries()) {
      const configuration = configured(removed, i % 2 === 0);
      const masked = await logitsOf(maskElements(model, configuration), feeds);
      const smaller = removeElements(model, configuration);
      assert.ok(distance(masked, await logitsOf(smaller, feeds)) <= 1e-5, `${removed}`);
      assert.ok(distance(masked, whole) > 1e-3, `${removed} changes nothing`);
      const hard = removed.some((id) => id.startsWith("hard-"));
      assert.equal(smaller.info.opsets[""], hard ? Math.max(opset, 13) : opset);
    }
  });
}

for (const [type, close] of [["float16", 2e-2], ["float64", 1e-5]] as const) {
  Deno.test(`Removed and masked load and agree in a model of ${type}`, async () => {
    const model = plain({ type });
    const [feeds, exact] = [plainFeeds(), plain()];
    for (const [i, removed] of PLAIN_CHOICES.entries()) {
      const configuration = configured(removed, i % 2 === 0);
      const expected = await logitsOf(maskElements(exact, configuration), feeds);
      for (const made of [maskElements(model, configuration), removeElements(model, configuration)]) {
        const found = distance(await logitsOf(made, feeds), expected);
        assert.ok(found <= close, `${removed}: ${found}`);
      }
    }
  });
}

Deno.test("A block that is gone still costs its norm: two in a row are not one", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1, 8]);
  const once = layerNorm(g, x, { name: "first", features: 8 });
  g.output(once, "once");
  g.output(layerNorm(g, once, { name: "second", features: 8 }), "twice");
  const { once: one, twice } = await runModel(shaken(g.model()), {
    x: float32([1, 2, 3, 4, 5, 6, 7, 9], [1, 8]),
  });
  assert.ok(distance([...one!.data as Float32Array], [...twice!.data as Float32Array]) > 1e-2);
  const smaller = removeElements(
    await network("our bert"),
    configured(["attention.0", "feed-forward.0", "attention.1", "feed-forward.1"]),
  );
  assert.equal(smaller.graph.nodes.filter(({ op }) => op === "LayerNormalization").length, 5);
  assert.ok(!smaller.graph.nodes.some(({ op }) => op === "Softmax"));
});

/** The network that was there first, with all masked that is not among what is left of it. */
function maskedToKept(model: Model, smaller: Model): Model {
  const groups = 1000; // Each neuron is one.
  const left = new Map(keptOf(smaller)!.map((block) => [block.id, block]));
  const removed = transformerOf(model, { groups }).blocks.flatMap(
    ({ id, kind, layer, parts }): ElementId[] => {
      const { kept, k } = left.get(id)!;
      if (kept === undefined) return [id];
      const hard: ElementId[] = k === undefined ? [] : [`hard-attention.${layer}`];
      const part = kind === "attention" ? "head" : "group";
      const gone = Array.from({ length: parts }, (_, i) => i).filter((i) => !kept.includes(i));
      return [...hard, ...gone.map((i) => `${id}.${part}.${i}` as ElementId)];
    },
  );
  return maskElements(model, { groups, k: 3, renormalize: false, removed });
}

/** What random networks are made of. */
const CHOICES = {
  layers: [2, 3],
  heads: [4, 6],
  keys: [2, 4, 6],
  size: [1, 2, 3],
  neurons: [5, 12],
  norm: ["layer", "rms"],
  gated: [false, true],
  parallel: [false, false, true],
  tie: ["nothing", "weights", "numbers", "mask", "keys"],
} as const;

for (let seed = 0; seed < 25; seed++) {
  const random = seededRandom(seed, "networks");
  const one = <T>(choices: readonly T[]): T => choices[random.integer(choices.length)]!;
  const heads = one(CHOICES.heads);
  const network: Built = {
    layers: one(CHOICES.layers),
    heads,
    keys: one(CHOICES.keys.filter((keys) => heads % keys === 0)),
    size: one(CHOICES.size),
    neurons: one(CHOICES.neurons),
    norm: one(CHOICES.norm),
    gated: one(CHOICES.gated),
    parallel: one(CHOICES.parallel),
    tie: CHOICES.tie[seed % 5]!,
  };
  const what = Object.entries(network).map(([name, value]) => `${name} ${value}`).join(", ");
  Deno.test(`Removed twice computes what masked does, and tells what is left: ${what}`, async () => {
    const model = built(network);
    const { layers, keys, neurons, parallel } = network;
    const parts = [keys, Math.min(12, neurons)];
    assert.deepEqual(
      transformerOf(model).blocks.map(({ parts }) => parts),
      Array.from({ length: layers }, () => parallel ? parts.toReversed() : parts).flat(),
    );
    let left = model;
    for (const probability of [0.3, 0.4]) {
      const elements = elementsOf(transformerOf(left, { groups: 6 }));
      const configuration = configured(someOf(elements, probability, random));
      const masked = await logitsOf(maskElements(left, configuration), FEEDS);
      left = removeElements(left, configuration);
      const found = await logitsOf(left, FEEDS);
      const most = 1e-5 * Math.max(1, ...masked.map(Math.abs));
      assert.ok(distance(masked, found) <= most, `${configuration.removed}`);
      const kept = keptOf(left);
      if (!kept?.some(({ kept = [] }) => kept.length > 0)) break;
      const first = await logitsOf(maskedToKept(model, left), FEEDS);
      assert.ok(distance(first, found) <= most, `${configuration.removed}: ${JSON.stringify(kept)}`);
    }
  });
}

Deno.test("Heads leave attention that is hard already, as masked ones do", async () => {
  for (const name of ["bert_script", "gpt2_dynamo", "our vit"]) {
    const model = await network(name);
    const hard = removeElements(model, configured(["hard-attention.0", "hard-attention.1"], true));
    const heads = configured(["attention.0.head.2", "attention.1.head.0", "feed-forward.1"]);
    const smaller = removeElements(hard, heads);
    const masked = await logitsOf(maskElements(hard, heads), feedsFor(model));
    assert.ok(distance(masked, await logitsOf(smaller, feedsFor(model))) <= 1e-5, name);
    assert.deepEqual(keptOf(smaller)!.map(({ kept, k }) => [kept?.length, k]), [
      [3, 3],
      [24, undefined],
      [3, 3],
      [undefined, undefined],
    ]);
  }
});

Deno.test("What nobody reads any more is gone with what read it, and is noted so", async () => {
  const g = new GraphBuilder("reader");
  const random = seededRandom(1, "reader");
  const dense = (x: Value, name: string, from: number, to: number) => {
    const numbers = Array.from({ length: from * to }, () => random.normal());
    return g.matMul(x, g.parameter(name, float32(numbers, [from, to])));
  };
  const neurons = (x: Value, name: string) =>
    layerNorm(g, g.add(x, dense(g.relu(dense(x, `${name}.in`, 8, 6)), `${name}.out`, 6, 8)), {
      name: `${name}.norm`,
      features: 8,
    });
  const split = (x: Value) => g.transpose(g.reshape(x, [0, 0, 4, 2]), [0, 2, 1, 3]);
  const [seen, x] = ["seen", "x"].map((name) => g.input(name, "float32", ["batch", "length", 8]));
  const read = neurons(seen!, "encoder");
  const [key, value] = ["key", "value"].map((name) => split(dense(read, name, 8, 8)));
  const scores = g.matMul(split(dense(x!, "query", 8, 8)), g.transpose(key!, [0, 1, 3, 2]));
  const mixed = g.reshape(g.transpose(g.matMul(g.softmax(scores), value!), [0, 2, 1, 3]), [0, 0, 8]);
  g.output(neurons(g.add(x!, dense(mixed, "look", 8, 8)), "decoder"), "y");
  const model = g.model();
  const feeds = Object.fromEntries(["seen", "x"].map((name) => [
    name,
    float32(Array.from({ length: 48 }, () => random.normal()), [2, 3, 8]),
  ]));
  const configuration = configured([
    "attention.0",
    "feed-forward.0.group.1",
    "feed-forward.1.group.2",
  ]);
  const smaller = removeElements(model, configuration);
  assert.ok(!smaller.graph.initializers.has("encoder.in"));
  assert.deepEqual(keptOf(smaller), [
    { id: "feed-forward.0" },
    { id: "attention.0" },
    { id: "feed-forward.1", kept: [0, 1, 3, 4, 5] },
  ]);
  const masked = await logitsOf(maskElements(model, configuration), feeds);
  assert.ok(distance(masked, await logitsOf(smaller, feeds)) <= 1e-5);
});

Deno.test("Of a block without parts as much of the bias stays as its product adds", async () => {
  const random = seededRandom(2, "beta");
  const drawn = (...dims: number[]) =>
    float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);
  for (const beta of [1, 0.5, -2, 0]) {
    const g = new GraphBuilder("beta");
    const x = g.input("x", "float32", ["batch", 8]);
    const stored = (name: string, ...dims: number[]) => g.parameter(name, drawn(...dims));
    const inner = g.relu(g.gemm(x, stored("in.weight", 8, 6), stored("in.bias", 6)));
    const outer = g.gemm(inner, stored("out.weight", 6, 8), stored("out.bias", 8), { alpha: 3, beta });
    g.output(layerNorm(g, g.add(x, g.mul(outer, stored("scale", 8))), { name: "norm", features: 8 }), "y");
    const model = g.model();
    const parts = elementsOf(transformerOf(model, { groups: 6 })).filter((id) => id.includes(".group."));
    for (const removed of [parts, parts.slice(1)]) {
      const [feeds, configuration] = [{ x: drawn(3, 8) }, configured(removed)];
      const masked = await logitsOf(maskElements(model, configuration), feeds);
      const found = await logitsOf(removeElements(model, configuration), feeds);
      assert.ok(distance(masked, found) <= 1e-5, `beta ${beta}, ${removed.length} parts`);
    }
  }
});
