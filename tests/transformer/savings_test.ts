import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { bert } from "../../lib/nn/bert.ts";
import { type ElementId, removeElements, transformerOf } from "../../lib/transformer/mod.ts";
import { parametersSaved } from "../../lib/transformer/savings.ts";
import { built } from "./built.ts";
import { configured } from "./networks.ts";

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

Deno.test("A part of a layer that shares its weights saves what is shared with no other", () => {
  // A head of three columns: queries, keys and values of eight with biases, and three rows.
  const head = 3 * 3 * 9 + 3 * 8;
  const saved = (tie: "nothing" | "weights" | "numbers") => {
    const { of } = parametersSaved(transformerOf(built({ tie }), { groups: 5 }));
    return (["attention.0", "attention.1.head.2", "feed-forward.0.group.1"] as const).map((id) => of.get(id));
  };
  // A whole block takes along its bias, and the norm in front of it.
  assert.deepEqual(saved("nothing"), [4 * head + 3 * 8, head, 2 * (9 + 8)]);
  assert.deepEqual(saved("numbers"), [4 * head + 3 * 8, head - 3, 2 * (9 + 8)]);
  // The norms are not shared. Four fifths of the neurons, and three of four heads, are stored once more.
  assert.deepEqual(saved("weights"), [2 * 8, -3 * head, -8 * (9 + 8)]);
});
