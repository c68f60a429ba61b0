import assert from "node:assert/strict";
import { bert, type BertOptions, distilbert } from "../../lib/nn/bert.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf } from "../../lib/tensor/tensor.ts";

const zeros = { weights: "zeros" } as const;

/** Numbers in all tensors whose names match. */
function count(model: Model, names = /^/): number {
  const { initializers } = model.graph;
  return [...initializers].filter(([name]) => !name.startsWith("const") && names.test(name))
    .reduce((sum, [, { dims }]) => sum + sizeOf(dims), 0);
}

Deno.test("BERT-Base, cased and uncased, has the published parameters, part by part", () => {
  const [cased, uncased] = [28_996, undefined].map((vocabulary) =>
    bert({ ...zeros, ...vocabulary === undefined ? {} : { vocabulary } })
  ) as [Model, Model];
  assert.deepEqual([cased, uncased].map((model) => count(model, /embeddings/)), [22_665_216, 23_837_184]);
  assert.deepEqual([cased, uncased].map((model) => count(model, /^bert/)), [108_310_272, 109_482_240]);
  const layer = "^bert\\.encoder\\.layer\\.7\\.";
  assert.equal(count(uncased, new RegExp(`${layer}attention.*(query|key|value|dense)`)), 2_362_368);
  assert.equal(count(uncased, new RegExp(`${layer}(intermediate|output)\\.dense`)), 4_722_432);
  assert.equal(count(uncased, new RegExp(`${layer}output\\.LayerNorm`)), 1536);
  assert.equal(count(uncased, /encoder/), 85_054_464);
  assert.equal(count(uncased, /pooler/), 590_592);
  assert.equal(count(uncased, /^classifier/), 2 * 768 + 2);
});

Deno.test("MiniLM-L6-H384 and DistilBERT have theirs", () => {
  const miniLm = bert({ ...zeros, layers: 6, hidden: 384, head: "none" });
  assert.equal(count(miniLm) + 147_840, 22_713_216); // without the pooler
  assert.equal(count(distilbert({ ...zeros, head: "none" })), 66_362_880);
});

Deno.test("multiply-accumulates are those of the formula, at any length", () => {
  for (const T of [7, 128]) {
    const [d, F] = [768, 3072];
    const shape = [1, T];
    const { macs } = countMacs(bert({ ...zeros, head: "none" }), {
      inputShapes: { input_ids: shape, attention_mask: shape, token_type_ids: shape },
    });
    assert.equal(macs, 12 * (T * 4 * d * d + 2 * T * T * d + T * 2 * d * F));
  }
});

Deno.test("sizes that make no encoder are errors", () => {
  const wrong: [BertOptions, RegExp][] = [
    [{ heads: 5 }, /768 hidden dimensions in 5 heads/],
    [{ layers: 0 }, /layers 0/],
    [{ classes: 1.5 }, /classes 1.5/],
    [{ types: -1 }, /^RangeError: Cannot build bert with types -1: expected a whole number from 0$/],
    [{ dropout: 1.5 }, /dropout 1.5: expected a number from 0, below 1/],
    [{ attentionDropout: 1 }, /attentionDropout 1:/],
    [{ epsilon: -1 }, /epsilon -1:/],
  ];
  for (const [options, message] of wrong) assert.throws(() => bert({ ...zeros, ...options }), message);
});
