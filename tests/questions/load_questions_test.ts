import assert from "node:assert/strict";
import { BENCHMARKS } from "../../lib/questions/benchmarks.ts";
import { loadQuestions, readQuestions } from "../../lib/questions/load_questions.ts";
import type { BenchmarkName } from "../../lib/questions/question.ts";

Deno.test("files that are no benchmark's, splits and folders that are not there, are refused with a sentence", async () => {
  assert.throws(
    () => readQuestions("gsm8k", "test", "<html>"),
    /SyntaxError: Cannot read GSM8K, split test: /,
  );
  assert.throws(
    () => readQuestions("mmlu", "val", '{"question":"why?"}'),
    /MMLU, split val: line 1: subject is missing; expected the file/,
  );
  assert.throws(
    () => readQuestions("gsm8k", "mine", '{"question":5,"answer":"5"}'),
    /line 1: question should be a text, found 5/,
  );
  assert.throws(
    () => readQuestions("gsm8k", "mine", '{"question":" ","answer":"5"}'),
    /question 0 has no text or no answer/,
  );
  // A file of no benchmark: the place and the field, never a message of the language itself.
  for (const name of Object.keys(BENCHMARKS) as BenchmarkName[]) {
    for (const text of ["null", "[null]", '{"examples":null}', "{}", '[{"Body":"b"}]', "[1"]) {
      assert.throws(
        () => readQuestions(name, "s", text),
        (error: Error) =>
          /^Cannot read .*, split s: (line 1: |.*(should be|is missing|JSON))/.test(error.message) &&
          !/undefined|reading '|not iterable|not a function/.test(error.message),
        `${name}: ${text}`,
      );
    }
  }
  assert.throws(
    () => readQuestions("svamp", "mine", '[{"Body":"a","Question":"b","Answer":"3"}]'),
    /split mine: \[0\]\.Answer should be a number, found string/,
  );
  const gsm8k = (...answers: unknown[]) => () =>
    readQuestions(
      "gsm8k",
      "mine",
      answers.map((answer) => JSON.stringify({ question: "?", answer })).join("\n\n"),
    );
  assert.throws(gsm8k("#### 6", 6), /mine: line 3: answer should be a text, found 6; /);
  assert.throws(
    gsm8k("#### Paris"),
    /line 1: expected a number at the end of the answer, "#### 6", found "Paris"/,
  );
  assert.throws(gsm8k(""), /line 1: expected a number .*, found ""/);
  assert.throws(gsm8k(undefined), /line 1: answer is missing/);
  assert.deepEqual(gsm8k("6", "so #### 1,200")().map(({ gold }) => gold), ["6", "1200"]);
  const aime = (answer: unknown) => () =>
    readQuestions("aime", "mine", JSON.stringify([{ problem: "?", answer }]));
  assert.throws(
    aime("Paris"),
    /^SyntaxError: .*: question 0 has the answer "Paris", which is no number; expected/,
  );
  assert.throws(aime(" "), /question 0 has no text or no answer/);
  assert.deepEqual(["073", 73, "0"].map((answer) => aime(answer)()[0]!.gold), ["73", "73", "0"]);
  const counted = JSON.stringify({ examples: [{ input: "How many?", target: "many" }] });
  assert.throws(
    () => readQuestions("object_counting", "mine", counted),
    /the answer "many", which is no number/,
  );
  const names =
    /^RangeError: .*\(mmlu, gsm8k, multiarith, svamp, aqua, humaneval, aime, .*\), found "(mine|gsm|toString)"/;
  for (const name of ["mine", "toString"]) {
    assert.throws(() => readQuestions(name as BenchmarkName, "mine", ""), names);
  }
  await assert.rejects(loadQuestions("gsm" as BenchmarkName), names);
  await assert.rejects(
    loadQuestions("mmlu", { split: "train" }),
    /expected one of its splits \(val, dev, test\)/,
  );
  await assert.rejects(
    loadQuestions("svamp", { folder: "/nowhere" }),
    /Cannot find SVAMP: looked for SVAMP.json in \/nowhere/,
  );
});
