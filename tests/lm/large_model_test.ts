import assert from "node:assert/strict";
import { loadModel } from "../../lib/io/load_model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { sessionOf } from "../../lib/lm/fed_weights.ts";
import { readDecoder, stepGraph, wholeGraph } from "../../lib/lm/read/load_decoder.ts";
import type { DecoderWeights } from "../../lib/lm/read/weights.ts";
import { writeLanguageModel } from "../../lib/lm/write/write_language_model.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { bytesOf, floats } from "../../lib/tensor/arrays.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";

const SIZES = {
  vocabulary: 2 ** 16,
  context: 8,
  layers: 1,
  hidden: 4096,
  heads: 32,
  keyValueHeads: 1,
  neurons: 64,
};
const IDS = [60_000, 7];
const LOOKED_AT = [0, 7, 40_000, 65_535];

/** Any number of the table, which is that of tokens and the output head. */
const numberAt = (i: number) => (Math.imul(i, 2_654_435_761) >>> 24) / 128 - 1;

/** 2.3 GB: tables of numbers between layers that add nothing, so that it is known what comes out. */
function largeWeights(): DecoderWeights {
  const { graph } = decoder({ ...SIZES, weights: "zeros" });
  const tensors = Object.fromEntries(
    [...graph.initializers].filter(([name]) => name.endsWith(".weight")),
  ) as Record<string, Tensor>;
  const numbers = new Float32Array(SIZES.vocabulary * SIZES.hidden);
  for (let i = 0; i < numbers.length; i++) numbers[i] = numberAt(i);
  const table = float32(numbers, [SIZES.vocabulary, SIZES.hidden]);
  return {
    name: "large",
    family: "llama",
    options: SIZES,
    tensors: { ...tensors, "model.embed_tokens.weight": table, "lm_head.weight": table },
  };
}

/** Logits after a token, by the definition of the norm and the head. */
function expected(id: number): number[] {
  const row = (id: number) =>
    Float64Array.from({ length: SIZES.hidden }, (_, i) => numberAt(id * SIZES.hidden + i));
  const x = row(id);
  const size = Math.sqrt(x.reduce((sum, value) => sum + value ** 2, 0) / x.length + 1e-5);
  return LOOKED_AT.map((other) => row(other).reduce((sum, value, i) => sum + value * x[i]! / size, 0));
}

/** Runs a graph, which gives logits of one or all tokens, and holds those of the last token to what is known. */
async function requireLogits(model: Model, feeds: Record<string, Tensor> = {}): Promise<void> {
  const runtime = await openRuntime({ engine: "native" });
  try {
    const session = await sessionOf(runtime, model);
    const { logits } = await session.run({ input_ids: int64(IDS, [1, IDS.length]), ...feeds });
    const last = floats(logits!).subarray(-SIZES.vocabulary);
    expected(IDS.at(-1)!).forEach((value, i) => {
      const found = last[LOOKED_AT[i]!]!;
      assert.ok(Math.abs(found - value) < 1e-2, `${LOOKED_AT[i]}: ${found} for ${value}`);
    });
  } finally {
    await runtime.close();
  }
}

/** A folder of Hugging Face's, written tensor by tensor. */
async function writeFolder(folder: string, { tensors }: DecoderWeights): Promise<void> {
  await Deno.writeTextFile(
    `${folder}/config.json`,
    JSON.stringify({
      model_type: "llama",
      vocab_size: SIZES.vocabulary,
      hidden_size: SIZES.hidden,
      num_attention_heads: SIZES.heads,
      num_key_value_heads: SIZES.keyValueHeads,
      num_hidden_layers: SIZES.layers,
      intermediate_size: SIZES.neurons,
      max_position_embeddings: SIZES.context,
      rms_norm_eps: 1e-5,
    }),
  );
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dims, size }]) => {
    const begin = end;
    end += 4 * size;
    return [name, { dtype: "F32", shape: dims, data_offsets: [begin, end] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  using file = await Deno.open(`${folder}/model.safetensors`, { write: true, create: true });
  const parts = [new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer), header];
  for (const bytes of [...parts, ...Object.values(tensors).map((tensor) => bytesOf(tensor))]) {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at, at + 2 ** 24));
  }
}

Deno.test(
  tagged(
    "a model of 2.3 GB is read, run and written as safetensors, GGUF and ONNX with data beside it",
    "slow",
    "large",
  ),
  () =>
    inFolder(async (folder) => {
      await writeFolder(folder, largeWeights());
      const path = `${folder}/large.gguf`;
      {
        const weights = await readDecoder(folder);
        await Deno.remove(`${folder}/model.safetensors`);
        await requireLogits(wholeGraph(weights));
        await writeLanguageModel(path, weights, { mix: "F32" });
      }
      const onnx = `${folder}/large.onnx`;
      {
        const weights = await readDecoder(path);
        assert.ok((await Deno.stat(path)).size > 2 ** 31);
        await Deno.remove(path);
        const empty = float32(new Float32Array(), [1, 0, 1, SIZES.hidden / SIZES.heads]);
        await requireLogits(stepGraph(weights), { "past.0.key": empty, "past.0.value": empty });
        await saveModel(wholeGraph(weights), onnx);
      }
      assert.ok((await Deno.stat(`${onnx}.data`)).size > 2 ** 31);
      await requireLogits(await loadModel(onnx));
    }),
);
