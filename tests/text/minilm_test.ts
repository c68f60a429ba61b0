import assert from "node:assert/strict";
import { loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { packagedModel } from "../../lib/data/packaged_models.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";
import { encoderInputs } from "../../lib/text/encoder_inputs.ts";
import { loadEncoder } from "../../lib/text/load_encoder.ts";
import { embedTexts } from "../../lib/text/predict.ts";
import { loadTokenizer } from "../../lib/text/tokenizer.ts";
import { dataFile } from "../data.ts";

/** The folder of the real encoder, where it was fetched; these tests download nothing. */
function fetched(): string | undefined {
  try {
    return packagedModel("all-minilm-l6-v2");
  } catch {
    return undefined;
  }
}

const folder = fetched();
const stored = dataFile("agp-minilm/agp_minilm_embeddings_f16.safetensors");
const questions = dataFile("agp/train_math_reasoning.json");

Deno.test({
  name: "all-MiniLM-L6-v2: sentences have the directions that PyTorch gives them",
  ignore: !folder || !stored || !questions,
  async fn() {
    const [tokenizer, { model, drawn, dropped }] = await Promise.all([
      loadTokenizer(folder!),
      loadEncoder(folder!, { head: "none" }),
    ]);
    assert.deepEqual([drawn, dropped.sort()], [[], [
      "embeddings.position_ids",
      "pooler.dense.bias",
      "pooler.dense.weight",
    ]]);
    assert.deepEqual(encoderInputs(model).vocabulary, tokenizer.vocabulary);
    const texts = (JSON.parse(await Deno.readTextFile(questions!)) as { task: string }[]).map(({ task }) =>
      task
    ).slice(0, 24);
    const vectors = await embedTexts(model, tokenizer, texts);
    const expected = (await loadCheckpoint(stored!))["math_reasoning.tasks"]!;
    const [ours, theirs] = [numbersOf(vectors), numbersOf(expected)];
    for (let row = 0; row < texts.length; row++) {
      let cosine = 0;
      for (let j = 0; j < 384; j++) cosine += ours[row * 384 + j]! * theirs[row * 384 + j]!;
      assert.ok(Math.abs(cosine - 1) < 1e-4, `${cosine}: ${texts[row]}`);
    }
  },
});
