import assert from "node:assert/strict";
import { packagedModel } from "../../lib/data/packaged_models.ts";
import { gunzip } from "../../lib/formats/archives/gunzip.ts";
import { generateText, promptTokens } from "../../lib/lm/generate.ts";
import { type LanguageModel, openLanguageModel } from "../../lib/lm/language_model.ts";
import { perplexity } from "../../lib/lm/perplexity.ts";
import { readDecoder, wholeGraph } from "../../lib/lm/read/load_decoder.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { floats } from "../../lib/tensor/arrays.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { withRoundedInputs } from "./rounded_inputs.ts";

/** The file of the real model, where it was fetched; these tests download nothing. */
function fetched(): string | undefined {
  try {
    return `${packagedModel("smollm2-135m-instruct")}/SmolLM2-135M-Instruct.Q4_1.gguf`;
  } catch {
    return undefined;
  }
}

const path = fetched();
const wikitext = dataFile("wikitext2/test_tokenized.txt.gz");

/** The spacing of written text, from the form with a space around each word. */
function written(text: string): string {
  return text.replaceAll(/ @([-,.])@ /g, "$1")
    .replaceAll(/ ([,.;:!?)\]%])/g, "$1")
    .replaceAll(/([(\[$£]) /g, "$1")
    .replaceAll(/ (n't|'(?:s|re|ve|m|ll|d)\b)/g, "$1")
    .replaceAll(/" ([^"\n]*) "/g, '"$1"');
}

/** The five likeliest tokens after "The capital of France is", and their logits. */
const NEXT = [[" Paris", 17.371], [" the", 14.889], [" London", 13.245], [" Le", 13.009], [
  " New",
  12.952,
]] as const;

/** The largest error of a logit after these tokens where inputs are rounded to 8 bits, by plain operators in float32. */
async function roundingError(
  path: string,
  ids: number[],
  { weights, options }: LanguageModel,
): Promise<number> {
  const exact = wholeGraph(await readDecoder(path));
  const [expected, rounded] = await Promise.all(
    [exact, withRoundedInputs(exact, weights.packed!)].map(async (model) => {
      const { logits } = await runModel(model, { input_ids: int64(ids, [1, ids.length]) });
      return floats(logits!).subarray(-options.vocabulary);
    }),
  );
  return Math.max(...expected!.map((value, i) => Math.abs(value - rounded![i]!)));
}

for (const packed of [false, true]) {
  Deno.test({
    name: `SmolLM2: tokens, next tokens, an answer and perplexity as measured elsewhere${
      packed ? ", packed" : ""
    }`,
    ignore: !path || !wikitext,
    async fn() {
      await using model = await openLanguageModel(path!, { context: 1024, packed });
      const ids = model.vocabulary.encode("The capital of France is");
      assert.deepEqual(ids, [504, 3575, 282, 4649, 314]);
      const width = model.options.vocabulary;
      const last = (await model.logits(ids)).slice(-width);
      const within = packed ? await roundingError(path!, ids, model) : 2e-3;
      const [first] = [...last.keys()].sort((a, b) => last[b]! - last[a]!);
      assert.equal(model.vocabulary.decode([first!]), " Paris");
      for (const [token, logit] of NEXT) {
        const [id] = model.vocabulary.encode(token);
        assert.ok(
          Math.abs(last[id!]! - logit) < within,
          `${token}: ${last[id!]} for ${logit}, within ${within}`,
        );
      }
      const likelier = last.filter((logit) => logit > 12.952 + within).length;
      assert.ok(likelier <= NEXT.length, `${likelier} tokens are likelier than the fifth`);
      const question = [{ role: "user", content: "What is the capital of France?" }];
      if (packed) {
        // Float32 holds another first token for less likely by 0.09 alone: each token is as good as the likeliest
        // but for the rounding.
        const [prompt, answer] = [
          promptTokens(model, question),
          model.vocabulary.encode("The capital of France is Paris.<|im_end|>", { special: true }),
        ];
        const logits = (await model.logits([...prompt, ...answer])).subarray((prompt.length - 1) * width);
        answer.forEach((id, i) => {
          const row = logits.subarray(i * width, (i + 1) * width);
          const most = row.reduce((most, logit) => Math.max(most, logit));
          assert.ok(most - row[id]! < within, `${i}: ${row[id]}, the likeliest ${most}`);
        });
      } else {
        const answer = await generateText(model, question, { temperature: 0, maxTokens: 40 });
        assert.deepEqual([answer.text, answer.stopReason], ["The capital of France is Paris.", "end"]);
      }
      const text = written(new TextDecoder().decode(await gunzip(await Deno.readFile(wikitext!), wikitext!)));
      const { perplexity: found } = await perplexity(model, text.slice(0, 20_000), {
        window: 512,
        windows: 1,
      });
      assert.ok(Math.abs(found - 14.71) < 0.15, `${found}`);
    },
  });
}
