import assert from "node:assert/strict";
import { scoreSpans } from "../../lib/text/span_metrics.ts";
import { bestSpans, type SpanWindow, spanWindows } from "../../lib/text/span_windows.ts";
import { readSquad, type SpanExample } from "../../lib/text/squad.ts";
import { tokenizerOf } from "./fixture_tokenizer.ts";
import { file } from "./tower.ts";

const TOKENIZERS = await Promise.all(["WordPiece, uncased", "byte-level BPE of RoBERTa"].map(tokenizerOf));

/** Logits that are highest at one token of a window, and 0 elsewhere. */
const at = (windows: readonly SpanWindow[], token: (window: SpanWindow) => number | undefined) =>
  windows.map((window) => {
    const logits = new Float32Array(window.ids.length);
    const place = token(window);
    if (place !== undefined) logits[place] = 5;
    return logits;
  });

for (const tokenizer of TOKENIZERS) {
  Deno.test(`${tokenizer.name}: windows hold each answer, and its tokens lead back to its words`, () => {
    const examples = readSquad(file());
    for (const maxLength of [384, 12 + tokenizer.special[1] + 16]) {
      const windows = spanWindows(tokenizer, examples, { maxLength, stride: 4, maxQuestion: 12 });
      assert.ok(maxLength === 384 ? windows.length === 2 : windows.length > 2, `${windows.length} windows`);
      for (const window of windows) {
        assert.ok(window.ids.length <= maxLength);
        assert.deepEqual(
          window.pieces.map(({ id }) => id),
          window.ids.slice(window.offset, window.offset + window.pieces.length),
        );
      }
      assert.deepEqual(
        new Set(windows.filter(({ answer }) => answer![1] > 0).map(({ example }) => example)),
        new Set([0, 1]),
      );
      const inside = (window: SpanWindow, end: 0 | 1) =>
        window.answer![1] > 0 ? window.answer![end] : undefined;
      const found = bestSpans(
        examples,
        windows,
        at(windows, (window) => inside(window, 0)),
        at(windows, (window) => inside(window, 1)),
      );
      assert.deepEqual(found.map(({ text }) => text.trim()), ["1889", "330 metres"]);
      const score = scoreSpans(found.map(({ text }) => text), examples);
      assert.deepEqual([score.exactMatch, score.f1], [1, 1]);
    }
  });
}

Deno.test("a span never ends before it begins, and is no longer than thirty tokens", () => {
  const [tokenizer] = TOKENIZERS;
  const examples = readSquad(file()).slice(0, 1);
  const windows = spanWindows(tokenizer!, examples);
  const { offset, pieces } = windows[0]!;
  const [starts, ends] = [at(windows, () => offset + pieces.length - 1), at(windows, () => offset)];
  const [found] = bestSpans(examples, windows, starts, ends);
  assert.ok(found!.text.length > 0);
  const [far] = bestSpans(examples, windows, at(windows, () => offset), at(windows, () => offset + 35), 30);
  assert.ok(tokenizer!.ids(far!.text).length <= 30);
});

Deno.test("a question that leaves no room is an error", () => {
  assert.throws(
    () => spanWindows(TOKENIZERS[0]!, readSquad(file()), { maxLength: 10, maxQuestion: 8 }),
    /question q1: windows of 10 tokens leave room for -?\d+/,
  );
});

/** A text of three hundred words, and an answer at each tenth of them. */
const long = (): SpanExample[] => {
  const words = Array.from({ length: 300 }, (_, i) => i % 10 === 0 ? "metres" : "tower");
  const starts = words.map((_, i) => words.slice(0, i).join(" ").length + Number(i > 0));
  return words.flatMap((text, i) =>
    i % 10 === 0
      ? [{
        id: `q${i}`,
        question: "How tall?",
        context: words.join(" "),
        answers: [{ text, start: starts[i]! }],
      }]
      : []
  );
};

Deno.test("no word of a text stands between windows, however short they are", () => {
  const examples = long();
  const [tokenizer] = TOKENIZERS;
  for (const maxLength of [96, 20, 384]) {
    const windows = spanWindows(tokenizer!, examples, { maxLength });
    const answered = new Set(windows.filter(({ answer }) => answer![1] > 0).map(({ example }) => example));
    assert.equal(answered.size, examples.length, `windows of ${maxLength}`);
    const [first, second] = windows;
    assert.ok(first!.pieces.some(({ start }) => start === second!.pieces[0]!.start), "they overlap");
  }
});

Deno.test("a stride that passes over words, or is none, is refused", () => {
  const cut = (stride: number) => spanWindows(TOKENIZERS[0]!, long().slice(0, 1), { maxLength: 40, stride });
  assert.throws(() => cut(64), {
    message:
      /^Cannot cut the text of question q0 at a stride of 64: windows of 40 tokens leave room for 3\d beside/,
  });
  for (const stride of [NaN, 0, 1.5]) {
    assert.throws(() => cut(stride), /stride (NaN|0|1.5): expected a whole number/);
  }
});
