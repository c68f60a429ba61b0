import assert from "node:assert/strict";
import { type Configuration, fromFiveLists, toFiveLists, transformerOf } from "../../lib/transformer/mod.ts";
import { configured, network } from "./networks.ts";

Deno.test("The authors' five lists are written and read, and refused where they are none", async () => {
  const transformer = transformerOf(await network("bert_script"), { groups: 6 });
  const configuration = configured([
    "hard-attention.0",
    "attention.0.head.1",
    "feed-forward.0",
    "attention.1",
    "feed-forward.1.group.5",
  ]);
  const lists = toFiveLists(transformer, configuration);
  assert.deepEqual(lists, {
    hard_attn: [0],
    ffn_prune: [0],
    attn_prune: [1],
    ffn_approx: [[], [5]],
    attn_approx: [[1], []],
  });
  assert.deepEqual(fromFiveLists(transformer, JSON.parse(JSON.stringify(lists)), { k: 3 }), configuration);
  // Attention that is gone is not hard.
  const both = configured(["hard-attention.1", ...configuration.removed]);
  assert.deepEqual(toFiveLists(transformer, both), lists);
  assert.throws(
    () => toFiveLists(transformer, undefined as unknown as Configuration),
    /^TypeError: Cannot write five lists with the elements of a configuration without groups, k, renormalize, removed:/,
  );
  assert.throws(
    () => toFiveLists(transformer, configured(["attention.7.head.0"])),
    /^RangeError: Cannot write five lists with "attention.7.head.0": the transformer has 2 layers/,
  );
  assert.throws(
    () => fromFiveLists(transformer, { ...lists, attn_approx: [1] as unknown as number[][] }),
    /^SyntaxError: Cannot read five lists: expected "attn_approx" to be a list of parts for each layer, found \[1\]$/,
  );
  assert.throws(
    () => fromFiveLists(transformer, { ...lists, hard_attn: undefined as unknown as number[] }),
    /^SyntaxError: Cannot read five lists: expected "hard_attn" to be a list of layers/,
  );
  assert.throws(
    () => fromFiveLists(transformer, { ...lists, ffn_prune: [7] }),
    /^RangeError: Cannot read five lists with "feed-forward.7": the transformer has 2 layers/,
  );
});
