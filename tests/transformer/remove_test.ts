import assert from "node:assert/strict";
import { Model } from "../../lib/onnx/model.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { bert } from "../../lib/nn/bert.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { layerNorm } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import {
  type Configuration,
  type ElementId,
  elementsOf,
  emptyConfiguration,
  keptOf,
  maskElements,
  removeElements,
  transformerOf,
} from "../../lib/transformer/mod.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { parametersSaved } from "../../lib/transformer/savings.ts";
import { configured, edited, feedsFor, network, NETWORKS, shaken, someOf } from "./networks.ts";

const logitsOf = async (model: Model, feeds: Tensors): Promise<number[]> =>
  Object.values(await runModel(model, feeds)).flatMap(({ data }) => [...data as Float32Array]);

const distance = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

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

/** Weights of a layer of our BERT. */
const layer = (i: number) => `bert.encoder.layer.${i}`;

Deno.test("Masks are what zeros in the weights by hand are: heads, groups, blocks with their bias", async () => {
  const model = await network("our bert");
  const feeds = feedsFor(model);
  const zeroed = (weights: RegExp, gone: (row: number, column: number) => boolean) =>
    edited(model, (name, data, dims) => {
      if (!weights.test(name)) return;
      const columns = dims.at(-1)!;
      data.forEach((_, i) => {
        if (gone(Math.floor(i / columns), i % columns)) data[i] = 0;
      });
    });
  const cases: [ElementId, Model][] = [
    // The released code's way: query, key and value after the bias are zero.
    [
      "attention.1.head.2",
      edited(model, (name, data, dims) => {
        if (!name.startsWith(`${layer(1)}.attention.self.`)) return;
        data.forEach((_, i) => {
          const row = dims.length === 1 ? i : Math.floor(i / dims[1]!);
          if (row >= 8 && row < 12) data[i] = 0;
        });
      }),
    ],
    ["feed-forward.0.group.5", zeroed(/layer\.0\.output\.dense\.weight/, (_, column) => column >= 20)],
    ["feed-forward.1", zeroed(/layer\.1\.output\.dense\./, () => true)],
    ["attention.0", zeroed(/layer\.0\.attention\.output\.dense\./, () => true)],
  ];
  for (const [element, byHand] of cases) {
    const found = distance(
      await logitsOf(maskElements(model, configured([element])), feeds),
      await logitsOf(byHand, feeds),
    );
    assert.ok(found <= 1e-6, `${element}: ${found}`);
  }
});

Deno.test("All heads one by one are not the block: the output bias stays; so it is with all groups", async () => {
  const model = await network("our bert");
  const feeds = feedsFor(model);
  for (
    const [block, parts, bias] of [
      ["attention.1", [0, 1, 2, 3].map((i) => `attention.1.head.${i}`), "attention.output.dense.bias"],
      ["feed-forward.1", [0, 1, 2, 3, 4, 5].map((i) => `feed-forward.1.group.${i}`), "output.dense.bias"],
    ] as [ElementId, ElementId[], string][]
  ) {
    const whole = await logitsOf(maskElements(model, configured([block])), feeds);
    const oneByOne = await logitsOf(maskElements(model, configured(parts)), feeds);
    assert.ok(distance(whole, oneByOne) > 1e-3);
    // Without that bias they are the same.
    const unbiased = edited(model, (name, data) => void (name === `${layer(1)}.${bias}` && data.fill(0)));
    const both = [configured([block]), configured(parts)].map((each) => maskElements(unbiased, each));
    assert.ok(distance(await logitsOf(both[0]!, feeds), await logitsOf(both[1]!, feeds)) <= 1e-6);
  }
});

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

Deno.test("Parameters of BERT-Base's and MiniLM's heads, groups and blocks are those of the formulas", () => {
  for (
    const [sizes, expected] of [
      [{ hidden: 768, heads: 12 }, {
        "attention.0": 2_362_368,
        "feed-forward.0": 4_722_432,
        "attention.0.head.3": 196_800,
        "feed-forward.0.group.7": 393_472,
      }],
      [{ hidden: 384, heads: 12 }, {
        "attention.0": 591_360,
        "feed-forward.0": 1_181_568,
        "attention.0.head.3": 49_248,
        "feed-forward.0.group.7": 98_432,
      }],
    ] as const
  ) {
    const model = bert({ ...sizes, layers: 1, vocabulary: 50, weights: "zeros", dropout: 0 });
    const { of } = parametersSaved(transformerOf(model));
    const shapes = { inputShapes: Object.fromEntries(model.graph.inputs.map((name) => [name, [1, 128]])) };
    const before = countMacs(model, shapes);
    for (const [element, parameters] of Object.entries(expected)) {
      assert.equal(of.get(element as ElementId), parameters, element);
      const smaller = removeElements(model, { ...configured([element as ElementId]), groups: 12 });
      assert.equal(before.parameters - countMacs(smaller, shapes).parameters, parameters, element);
    }
    // A layer's multiply-adds: 4·d·h·dh a token, twice h·dh for each pair, 2·d·f a token.
    const { hidden: d } = sizes;
    const layer = (h: number, f: number) =>
      128 * 4 * d * h * (d / 12) + 2 * 128 ** 2 * h * (d / 12) + 128 * 2 * d * f;
    const half = removeElements(model, {
      ...configured([
        ...[0, 2, 4, 6, 8, 10].map((i): ElementId => `attention.0.head.${i}`),
        ...[1, 3, 5, 7, 9, 11].map((i): ElementId => `feed-forward.0.group.${i}`),
      ]),
      groups: 12,
    });
    assert.equal(before.macs - countMacs(half, shapes).macs, layer(12, 4 * d) - layer(6, 2 * d));
  }
});

Deno.test("What is left is told by the first network's numbers, also after a second removal", async () => {
  const model = await network("our bert");
  const first = removeElements(
    model,
    configured(["attention.0", "attention.1.head.1", "feed-forward.0.group.0"]),
  );
  const second = removeElements(first, configured(["attention.0.head.1", "hard-attention.0"]));
  assert.deepEqual(keptOf(second), [
    { id: "attention.0" },
    { id: "feed-forward.0", kept: Array.from({ length: 20 }, (_, i) => i + 4) },
    { id: "attention.1", kept: [0, 3], k: 3 },
    { id: "feed-forward.1", kept: Array.from({ length: 24 }, (_, i) => i) },
  ]);
  assert.equal(keptOf(model), undefined);
  assert.equal(removeElements(model, configured([])), model);
});

Deno.test("A configuration that is not complete is told what it lacks, masked or removed", async () => {
  const model = await network("our bert");
  const { groups, k, renormalize } = configured([]);
  const removed: ElementId[] = ["attention.0.head.1"];
  for (
    const [part, lacks] of [
      [{ removed }, "groups, k, renormalize"],
      [{ groups, renormalize, removed }, "k"],
      [{ groups, k, renormalize }, "removed"],
      [undefined, "groups, k, renormalize, removed"],
    ] as const
  ) {
    for (const [verb, apply] of [["remove", removeElements], ["mask", maskElements]] as const) {
      assert.throws(() => apply(model, part as unknown as Configuration), {
        name: "TypeError",
        message: `Cannot ${verb} the elements of a configuration without ${lacks}: expected { groups, k, ` +
          "renormalize, removed } as axSearch gives it, or { ...emptyConfiguration(transformer), removed }",
      });
    }
  }
  const whole = { ...emptyConfiguration(transformerOf(model)), removed };
  assert.deepEqual(keptOf(removeElements(model, whole))![0]!.kept, [0, 2, 3]);
});

Deno.test("Metadata that the tensors contradict are refused", async () => {
  const smaller = removeElements(await network("our bert"), configured(["attention.1.head.1"]));
  const withNote = (text: string) =>
    new Model(smaller.graph, { ...smaller.info, metadata: { "espalier.transformer": text } });
  const note = smaller.info.metadata["espalier.transformer"]!;
  assert.ok(keptOf(withNote(note)));
  for (
    const wrong of [
      note.replace("[0,2,3]", "[0,2]"),
      note.replace(`{"id":"attention.0","kept":[0,1,2,3]},`, ""),
      note.replace("attention.1", "attention.x"),
      "not JSON",
    ]
  ) {
    assert.throws(() => keptOf(withNote(wrong)), /^SyntaxError: Cannot read what is left of model/, wrong);
  }
});
