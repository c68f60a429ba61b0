import assert from "node:assert/strict";
import { keepCorrect } from "../../lib/distillation/keep_correct.ts";
import { compareModels } from "../../lib/evaluation/compare_models.ts";
import { gradeRecords, gradeReply } from "../../lib/evaluation/grade_records.ts";
import { type AnswerRecord, recordKey } from "../../lib/evaluation/record.ts";
import { summarizeGrades } from "../../lib/evaluation/summarize_grades.ts";
import { readQuestions } from "../../lib/questions/load_questions.ts";
import type { BenchmarkName, Question } from "../../lib/questions/question.ts";
import { answerOf, sums } from "./made.ts";

const bigBench = JSON.stringify({ examples: [{ input: "When?", target: "(C)" }] });
const question = (name: BenchmarkName, file: unknown): Question =>
  readQuestions(name, "made", typeof file === "string" ? file : JSON.stringify(file))[0]!;
const QUESTIONS = {
  aime: question("aime", [{ problem: "?", answer: "113" }]),
  folio: question("folio", { premises: ["p"], conclusion: "c", label: "False" }),
  temporal: question("temporal_sequences", bigBench),
  musique: question("musique", [{
    id: "2hop_1",
    question: "?",
    answer: "Apple Corps",
    answer_aliases: ["Apple"],
  }]),
  gsm8k: question("gsm8k", { question: "?", answer: "#### 12" }),
};

/** Replies by hand: whether they count by the last answer, and where thinking must be ended. */
const REPLIES: [name: keyof typeof QUESTIONS, reply: string, last: boolean, strict: boolean][] = [
  ["aime", "<think>\\boxed{5}?</think>\nSo $\\boxed{\\text{{113}}}$.", true, true],
  ["aime", "so \\boxed{113}</think>\nAs shown above.", true, true], // the answer gives none, the text does
  ["aime", "so \\boxed{113}</think>\nThe answer is 7.", false, false],
  ["aime", "<think>so \\boxed{113}. Wait,", true, false],
  ["aime", "<think>so \\boxed{113}. No, \\boxed{114}", false, false],
  ["temporal", "<think>(A) is out</think>\nShe was free from 4pm, so C it must be.", true, true],
  ["temporal", "(A) no. (B) no. Hence (C)", true, false],
  ["temporal", "A man was there.", false, false],
  ["folio", "It may be true.</think>\nThe conclusion is **not true**.", true, true],
  ["folio", "It is false.</think>\nIt isn't false.", false, false],
  ["folio", "It is false</think>\nI cannot say more.", false, false], // thoughts are no verdict
  ["musique", "Is it Apple Records?</think>\n\n**Answer:** Apple.", true, true],
  ["musique", "x</think>The record label is part of Apple Corps", false, false],
  ["gsm8k", "3 · 4 = 12\n</think>", true, true],
];

Deno.test("replies are graded behind their thoughts, and by both policies where those never end", async () => {
  for (const [name, reply, last, strict] of REPLIES) {
    const graded = async (unclosed: "count_last_answer" | "fail") =>
      (await gradeReply(QUESTIONS[name], reply, unclosed)).correct;
    assert.deepEqual([await graded("count_last_answer"), await graded("fail")], [last, strict], reply);
  }
});

Deno.test("a policy that there is not is refused by all that ask for one, not taken for the milder one", async () => {
  const never = "never" as "fail";
  const words = /with unclosed "never": expected "count_last_answer" or "fail"/;
  await assert.rejects(gradeReply(QUESTIONS.gsm8k, "12</think>12", never), words);
  assert.throws(() => summarizeGrades([], { unclosed: never }), words);
  assert.throws(() => compareModels([], { unclosed: never }), words);
  assert.throws(() => keepCorrect([], { unclosed: never }), words);
});

Deno.test("limits that cannot be are refused whatever is graded", async () => {
  const why = /expected more than 0 seconds and 64 to 2048 MB, found NaN s/;
  await assert.rejects(gradeReply(QUESTIONS.gsm8k, "12", "fail", { seconds: NaN }), why);
  await assert.rejects(gradeRecords([], [], { seconds: NaN }), why);
});

Deno.test("answers that skip thinking, run away or repeat themselves are told apart", async () => {
  const [sum] = sums(1);
  const looping = `Hm. ${"let me see once more, ".repeat(30)}`;
  const cases: [text: string, finishReason: string, expected: string][] = [
    ["<think>a</think>The answer is 10", "stop", "closed"],
    ["The answer is 10", "stop", "skipped"],
    ["<think>".padEnd(60_000, "no way out "), "length", "ranAway looped"],
    ["<think>" + Array.from({ length: 9000 }, (_, i) => `${i} is`).join(" "), "length", "ranAway"],
    [looping, "length", "skipped looped"],
    [looping, "stop", "skipped"], // ended by itself
    ["<think>b</think>ab", "loop", "closed looped"],
  ];
  for (const [text, finishReason, expected] of cases) {
    const place = {
      model: "m",
      method: "dense",
      identity: "i",
      dataset: sum!.benchmark,
      item: sum!.id,
      run: 0,
      promptHash: "h",
      decoding: { temperature: 0, topP: 1, maxTokens: 9, seed: 0 },
    };
    const record: AnswerRecord = {
      ...place,
      key: recordKey(place),
      answer: answerOf(text, { finishReason }),
      ms: 1,
    };
    const [graded] = await gradeRecords([record], [sum!]);
    const found = (["closed", "skipped", "ranAway", "looped"] as const).filter((name) => graded![name]);
    assert.equal(found.join(" "), expected, text.slice(0, 40));
  }
});
