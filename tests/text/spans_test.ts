import assert from "node:assert/strict";
import { bert } from "../../lib/nn/bert.ts";
import { scoreSpans } from "../../lib/text/span_metrics.ts";
import { answerSpans, fineTuneSpans } from "../../lib/text/spans.ts";
import type { SpanExample } from "../../lib/text/squad.ts";
import { tokenizerOf } from "./fixture_tokenizer.ts";

const tokenizer = await tokenizerOf("WordPiece, uncased");
const THINGS = ["tower", "movie", "music", "film", "university"];
const WORDS = ["charming", "gentle", "funny", "good", "tall"];

/** What a text is about, or how that is: asked in one word, at several places of the text. */
const examples: SpanExample[] = Array.from({ length: 50 }, (_, n): SpanExample => {
  const [thing, word] = [THINGS[n % 5]!, WORDS[(n * 3 + Math.floor(n / 5)) % 5]!];
  const context = `${"and, ".repeat(n % 4)}the ${thing} was not ${word}.`;
  const [question, text] = n % 2 === 0 ? ["What?", thing] : ["How?", word];
  return { id: `${n}`, question, context, answers: [{ text, start: context.indexOf(text) }] };
});
const held = (_: unknown, i: number) => i % 5 === 0;
const [test, train] = [examples.filter(held), examples.filter((example, i) => !held(example, i))];

Deno.test("one call fine-tunes an encoder that finds answers, and its answers are words of the text", async () => {
  const model = bert({
    vocabulary: tokenizer.vocabulary,
    positions: 48,
    layers: 1,
    hidden: 32,
    heads: 4,
    dropout: 0,
    head: "span",
    seed: 1,
  });
  const { model: tuned, history } = await fineTuneSpans(model, tokenizer, { train, validation: test }, {
    epochs: 15,
    rate: 3e-3,
    warmUp: 0.1,
    batchSize: 8,
  });
  const score = async (of: typeof model) => {
    const found = await answerSpans(of, tokenizer, test);
    found.forEach(({ text }, i) => assert.ok(test[i]!.context.includes(text)));
    return scoreSpans(found.map(({ text }) => text), test);
  };
  const [before, after] = [await score(model), await score(tuned)];
  const said = `${before.f1} → ${after.exactMatch}, loss ${history.at(-1)!.loss}`;
  assert.ok(before.exactMatch < 0.3 && after.exactMatch >= 0.9, said);
});

Deno.test("a head of classes has no answers, and a question without an answer teaches nothing", async () => {
  const sizes = {
    vocabulary: tokenizer.vocabulary,
    positions: 48,
    layers: 1,
    hidden: 8,
    heads: 2,
    weights: "zeros",
  } as const;
  await assert.rejects(
    answerSpans(bert(sizes), tokenizer, test),
    /expected the outputs start_logits and end_logits, found logits/,
  );
  await assert.rejects(
    fineTuneSpans(bert({ ...sizes, head: "span" }), tokenizer, { train: [{ ...train[0]!, answers: [] }] }),
    /question 1: expected an answer that stands in its text/,
  );
  await assert.rejects(fineTuneSpans(bert(sizes), tokenizer, { train }), /head "span"/);
});
