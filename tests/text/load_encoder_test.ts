import assert from "node:assert/strict";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { bert, distilbert } from "../../lib/nn/bert.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { architectureOf, loadEncoder } from "../../lib/text/load_encoder.ts";
import { runNative } from "../onnx/run_native.ts";

const sizes = { vocabulary: 12, positions: 6, layers: 2, hidden: 8, heads: 2, neurons: 10 };
const BERT = {
  model_type: "bert",
  vocab_size: 12,
  max_position_embeddings: 6,
  num_hidden_layers: 2,
  hidden_size: 8,
  num_attention_heads: 2,
  intermediate_size: 10,
  type_vocab_size: 2,
  hidden_act: "gelu",
  layer_norm_eps: 1e-12,
};
const DISTILBERT = {
  model_type: "distilbert",
  vocab_size: 12,
  max_position_embeddings: 6,
  n_layers: 2,
  dim: 8,
  n_heads: 2,
  hidden_dim: 10,
  activation: "gelu",
};

const weights = (model: Model): Record<string, Tensor> =>
  Object.fromEntries([...model.graph.initializers].filter(([name]) => !name.startsWith("const"))) as Record<
    string,
    Tensor
  >;

const renamed = (tensors: Record<string, Tensor>, name: (name: string) => string) =>
  Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [name(key), tensor]));

/** A folder as `save_pretrained` writes it, until it is disposed of. */
async function folderOf(config: unknown, tensors: Record<string, Tensor>, file = "model.safetensors") {
  const path = await Deno.makeTempDir();
  await Deno.writeTextFile(`${path}/config.json`, JSON.stringify(config));
  await Deno.writeFile(`${path}/${file}`, encodeSafetensors(tensors));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const feeds = (model: Model) =>
  Object.fromEntries(
    model.graph.inputs.filter((name) => !model.graph.initializers.has(name)).map((name) => [
      name,
      int64(name === "input_ids" ? [3, 1, 7] : name === "attention_mask" ? [1, 1, 1] : [0, 0, 1], [1, 3]),
    ]),
  );

const answer = async (model: Model) =>
  numbersOf((await runNative(model, feeds(model)))[model.graph.outputs[0]!]!);

Deno.test("a fine-tuned model comes back whole: BERT and DistilBERT, by their configs", async () => {
  for (
    const [config, model] of [[BERT, bert({ ...sizes, classes: 3 })], [
      DISTILBERT,
      distilbert({ ...sizes, classes: 3 }),
    ]] as const
  ) {
    await using folder = await folderOf({ ...config, id2label: { 0: "a", 1: "b", 2: "c" } }, weights(model));
    const loaded = await loadEncoder(folder.path);
    assert.deepEqual([loaded.drawn, loaded.dropped], [[], []]);
    assert.deepEqual(await answer(loaded.model), await answer(model));
  }
});

Deno.test("a bare encoder gets a head that is drawn, the same for the same seed, and says so", async () => {
  const bare = weights(bert({ ...sizes, head: "none", seed: 4 }));
  await using folder = await folderOf(BERT, {
    ...bare,
    "embeddings.position_ids": int64([0, 1, 2, 3, 4, 5], [1, 6]),
  });
  const { model, drawn, dropped } = await loadEncoder(folder.path, { classes: 2, seed: 9 });
  assert.deepEqual(drawn.sort(), [
    "bert.pooler.dense.bias",
    "bert.pooler.dense.weight",
    "classifier.bias",
    "classifier.weight",
  ]);
  assert.deepEqual(dropped, ["embeddings.position_ids"]);
  assert.deepEqual(
    await answer((await loadEncoder(folder.path, { classes: 2, seed: 9 })).model),
    await answer(model),
  );
  const own = weights(model);
  for (const [name, tensor] of Object.entries(bare)) {
    assert.deepEqual(own[`bert.${name}`]!.data, tensor.data, name);
  }
  assert.ok(numbersOf(own["classifier.weight"]!).every((value) => value !== 0 && Math.abs(value) < 0.1));
  assert.deepEqual((await loadEncoder(folder.path, { head: "none" })).drawn, []);
});

Deno.test("older names, DataParallel's prefix, heads of the pre-training and halves are understood", async () => {
  const model = bert({ ...sizes, classes: 2, seed: 6 });
  const old = renamed(
    weights(model),
    (name) =>
      `module.${name}`.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
        "LayerNorm.bias",
        "LayerNorm.beta",
      ),
  );
  const stored = Object.fromEntries(
    Object.entries(old).map(([name, { data, dims }]) => [
      name,
      new Tensor("float16", Float16Array.from(data as Float32Array) as unknown as Uint16Array, dims),
    ]),
  );
  const cls = { "cls.predictions.bias": new Tensor("float32", new Float32Array(12), [12]) };
  await using folder = await folderOf(BERT, { ...stored, ...cls }, "pytorch_model.bin");
  const { model: loaded, drawn, dropped } = await loadEncoder(folder.path);
  assert.deepEqual([drawn, dropped], [[], ["cls.predictions.bias"]]);
  const [one, other] = [await answer(loaded), await answer(model)];
  one.forEach((value, i) => assert.ok(Math.abs(value - other[i]!) < 1e-3));
});

Deno.test("another number of classes replaces the head, and nothing else", async () => {
  await using folder = await folderOf(BERT, weights(bert({ ...sizes, classes: 3, seed: 8 })));
  const { drawn, dropped } = await loadEncoder(folder.path, { classes: 2 });
  assert.deepEqual([drawn, dropped].map((names) => names.sort()), [
    ["classifier.bias", "classifier.weight"],
    ["classifier.bias", "classifier.weight"],
  ]);
});

Deno.test("what cannot be loaded whole is not loaded", async () => {
  const tensors = weights(bert({ ...sizes, classes: 2 }));
  const { "bert.encoder.layer.1.output.dense.weight": _, ...lacking } = tensors;
  await using one = await folderOf(BERT, lacking);
  await assert.rejects(
    loadEncoder(one.path),
    /missing from the checkpoint: bert.encoder.layer.1.output.dense.weight/,
  );
  await using deeper = await folderOf({ ...BERT, num_hidden_layers: 1 }, tensors);
  await assert.rejects(loadEncoder(deeper.path), /no place in the model: .*bert.encoder.layer.1/);
  await using narrow = await folderOf({ ...BERT, vocab_size: 11 }, tensors);
  await assert.rejects(
    loadEncoder(narrow.path),
    /word_embeddings.weight is float32\[11, 8\], given float32\[12, 8\]/,
  );
  await using other = await folderOf({ model_type: "roberta" }, tensors);
  await assert.rejects(loadEncoder(other.path), /model_type is "roberta", expected bert or distilbert/);
  const read = (config: object) => architectureOf(JSON.stringify(config), "config.json");
  const named = { name: "SyntaxError", message: /^Cannot read config\.json: hidden_act should be a text/ };
  assert.throws(() => read({ model_type: "bert", hidden_act: { toString: 1 } }), named);
  assert.throws(() => read({ model_type: "bert", hidden_act: "constructor" }), /activation is constructor/);
  await using relative = await folderOf({ ...BERT, position_embedding_type: "relative_key" }, tensors);
  await assert.rejects(loadEncoder(relative.path), /positions are relative_key/);
  await using sharded = await folderOf(BERT, tensors, "model-00001-of-00002.safetensors");
  await assert.rejects(
    loadEncoder(sharded.path),
    /expected model.safetensors or pytorch_model.bin, found config.json, model-0/,
  );
});

Deno.test("a head or a pooling that is none is told with those that there are, before weights are read", async () => {
  await using folder = await folderOf(BERT, {});
  await Deno.remove(`${folder.path}/model.safetensors`);
  await assert.rejects(
    loadEncoder(folder.path, { head: "spans" as "span" }),
    /^RangeError: Cannot build bert with head "spans": expected "classes", "span" or "none"$/,
  );
  await assert.rejects(
    loadEncoder(folder.path, { pooling: "avg" as "mean" }),
    /^RangeError: Cannot build bert with pooling "avg": expected "first" or "mean"$/,
  );
});

/** Parts that dropouts drop: of attention's weights, which a softmax gives, and of all else. */
function dropouts({ graph }: Model): { attention: number[]; rest: number[] } {
  const softmax = new Set(graph.nodes.filter(({ op }) => op === "Softmax").map(({ outputs }) => outputs[0]!));
  const parts = (own: boolean) => [
    ...new Set(
      graph.nodes.filter(({ op, inputs }) => op === "Dropout" && softmax.has(inputs[0]!) === own)
        .map(({ inputs }) => Number(numbersOf(graph.initializers.get(inputs[1]!) as Tensor)[0]!.toFixed(6))),
    ),
  ];
  return { attention: parts(true), rest: parts(false) };
}

Deno.test("attention drops as much as the config says of it, or as everything where an option says so", async () => {
  const cases = [
    [BERT, weights(bert({ ...sizes })), { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.05 }],
    [DISTILBERT, weights(distilbert({ ...sizes })), { dropout: 0.2, attention_dropout: 0.05 }],
  ] as const;
  for (const [config, tensors, own] of cases) {
    await using folder = await folderOf({ ...config, ...own }, tensors);
    const of = async (dropout?: number) => dropouts((await loadEncoder(folder.path, { dropout })).model);
    assert.deepEqual(await of(), { attention: [0.05], rest: [0.2] });
    assert.deepEqual(await of(0.3), { attention: [0.3], rest: [0.3] });
    assert.deepEqual(await of(0), { attention: [], rest: [] });
  }
  await using silent = await folderOf(BERT, weights(bert(sizes)));
  assert.deepEqual(dropouts((await loadEncoder(silent.path)).model), { attention: [0.1], rest: [0.1] });
});
