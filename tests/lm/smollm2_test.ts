import assert from "node:assert/strict";
import { packagedModel } from "../../lib/data/packaged_models.ts";
import { gunzip } from "../../lib/formats/archives/gunzip.ts";
import { generateText } from "../../lib/lm/generate.ts";
import { openLanguageModel } from "../../lib/lm/language_model.ts";
import { perplexity } from "../../lib/lm/perplexity.ts";
import { dataFile } from "../data.ts";

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
      const last = (await model.logits(ids)).slice(-model.options.vocabulary);
      const top = [...last.keys()].sort((a, b) => last[b]! - last[a]!).slice(0, 5);
      assert.deepEqual(top.map((id) => model.vocabulary.decode([id])), [
        " Paris",
        " the",
        " London",
        " Le",
        " New",
      ]);
      [17.371, 14.889, 13.245, 13.009, 12.952].forEach((logit, i) =>
        assert.ok(Math.abs(last[top[i]!]! - logit) < 2e-3, `${last[top[i]!]} for ${logit}`)
      );
      const question = [{ role: "user", content: "What is the capital of France?" }];
      const answer = await generateText(model, question, { temperature: 0, maxTokens: 40 });
      assert.deepEqual([answer.text, answer.stopReason], ["The capital of France is Paris.", "end"]);
      const text = written(new TextDecoder().decode(await gunzip(await Deno.readFile(wikitext!), wikitext!)));
      const { perplexity: found } = await perplexity(model, text.slice(0, 20_000), {
        window: 512,
        windows: 1,
      });
      assert.ok(Math.abs(found - 14.71) < 0.15, `${found}`);
    },
  });
}
