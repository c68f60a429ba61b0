import assert from "node:assert/strict";
import { goldReply, grade, testProgram } from "../../lib/questions/grade.ts";
import { BENCHMARKS } from "../../lib/questions/benchmarks.ts";
import { loadQuestions } from "../../lib/questions/load_questions.ts";
import { runPython } from "../../lib/questions/python/run_python.ts";
import type { BenchmarkName, Question } from "../../lib/questions/question.ts";
import { dataFile } from "../data.ts";
import { FILES, made } from "./made_questions.ts";

const NAMES = Object.keys(FILES) as BenchmarkName[];

Deno.test("questions are worded with their options, strictly and as released", () => {
  const texts = (version: "strict" | "released") => NAMES.map((name) => made(name, version)[0]!.text);
  assert.deepEqual(texts("strict"), [
    "2 + 2?\nA) 3\nB) 4\nC) 5\nD) 6",
    "Ann has 3 nuts and finds 4. How many?",
    "3 and 4 pens are how many?",
    "Ann has 3 nuts and finds 4. How many?",
    "2 + 2?\nA)3\nB)4\nC)5\nD)6\nE)7",
    'def twice(x):\n    """ Twice x. """\n',
    "What is $2 + 2$?",
    "Premises:\n*****\nAll cats purr.\nTom purrs.\n*****\nConclusion:\n*****\nTom is a cat.\n*****",
    "Where was the author of X born?",
    "When?\nOptions:\n(A) 1pm to 2pm\n(B) 2pm to 3pm",
    "not ( True ) is",
    "Question: Does Lorine tell the truth?",
    "I have three pens. How many pens do I have?",
    "(2 - 37) =",
    "Who?\nOptions:\n(A) Ann\n(B) Bob\n(C) Cy",
    "Which?\nOptions:\n(A) one\n(B) two\n(C) three",
  ]);
  assert.equal(
    made("mmlu", "released")[0]!.text,
    "2 + 2?\nOption A: 3\nOption B: 4\nOption C: 5\nOption D: 6\n",
  );
  assert.equal(made("svamp", "released")[0]!.text, "Ann has 3 nuts and finds 4,then,How many?");
  assert.match(
    made("aqua", "released")[0]!.text,
    /^2 \+ 2\?Options:A\)3 {2}B\)4 .*You must answer with one of/,
  );
  assert.deepEqual(made("gsm8k").map(({ id, gold }) => [id, gold]), [["gsm8k/made/0", "7"], [
    "gsm8k/made/1",
    "-500",
  ]]);
});

Deno.test("gold answers are right and wrong ones wrong, in every benchmark", async () => {
  for (const name of NAMES) {
    for (const question of made(name)) {
      const { correct, error } = await grade(question, goldReply(question));
      assert.ok(correct, `${question.id}: ${error}`);
    }
  }
  const wrong = [["mmlu", "The answer is C"], ["gsm8k", "The answer is 8"], ["aqua", ""], [
    "svamp",
    "I cannot tell",
  ]] as const;
  for (const [name, reply] of wrong) assert.equal((await grade(made(name)[0]!, reply)).correct, false, name);
  const { correct, error } = await grade(
    made("humaneval")[0]!,
    "```python\ndef twice(x):\n    return x + 2\n```",
  );
  assert.equal(correct, false);
  assert.match(error, /check|TypeError|assert/);
});

const real = dataFile("reasoning/PROVENANCE.md") === undefined ||
  dataFile("mmlu/PROVENANCE.md") === undefined;

/** Questions of each split, as published. */
const COUNTS: [BenchmarkName, split: string, count: number][] = [
  ["mmlu", "dev", 285],
  ["mmlu", "val", 1531],
  ["mmlu", "test", 14_042],
  ["gsm8k", "test", 1319],
  ["multiarith", "all", 600],
  ["svamp", "all", 1000],
  ["aqua", "dev", 254],
  ["humaneval", "test", 164],
  ["aime", "all", 30],
  ["folio", "validation", 204],
  ["musique", "random_100", 100],
  ["temporal_sequences", "all", 250],
  ["boolean_expressions", "all", 250],
  ["web_of_lies", "all", 250],
  ["object_counting", "all", 250],
  ["multistep_arithmetic_two", "all", 250],
  ["tracking_shuffled_objects_three_objects", "all", 250],
  ["logical_deduction_three_objects", "all", 250],
];

Deno.test({ name: "the published files have the published numbers of questions", ignore: real }, async () => {
  for (const [name, split, count] of COUNTS) {
    assert.equal((await loadQuestions(name, { split })).length, count, `${name} ${split}`);
  }
  for (const split of ["dev", "val", "test"]) {
    assert.equal(new Set((await loadQuestions("mmlu", { split })).map(({ subject }) => subject)).size, 57);
  }
});

Deno.test({
  name: "every published gold answer grades as right, strictly; as released all but those it cannot read",
  ignore: real,
}, async () => {
  for (const [name, split] of COUNTS) {
    if (BENCHMARKS[name].kind === "code") continue;
    const questions = await loadQuestions(name, { split });
    const wrong = async (version: "strict" | "released") => {
      const grades = await Promise.all(questions.map((one) => grade(one, goldReply(one), version)));
      return questions.filter((_, i) => !grades[i]!.correct);
    };
    assert.deepEqual(await wrong("strict"), [], name);
    const missed = await wrong("released");
    assert.ok(
      missed.every(({ gold }) => /^-|\.0\d/.test(gold)),
      `${name}: ${missed.map(({ gold }) => gold)}`,
    );
    if (name === "gsm8k") assert.equal(missed.length, 2); // its two negative answers
  }
});

/** One program that runs many, each in a namespace of its own, and whose value is the list of those that fail. */
const driver = (programs: string[]) => `
failed = []
for i, program in enumerate(${JSON.stringify(programs)}):
    try:
        exec(compile(program, f"program {i}", "exec"), {"__name__": f"program{i}"})
    except BaseException as error:
        failed.append(f"{i}: {error!r}")
"\\n".join(failed) or "none"
`;

Deno.test({
  name: "every gold program of HumanEval passes its tests, strictly and as released",
  ignore: real,
}, async () => {
  const questions = await loadQuestions("humaneval");
  const { extract } = BENCHMARKS.humaneval;
  const failed = async (
    change: (reply: string, question: Question) => string,
    version: "strict" | "released",
  ) => {
    const programs = questions.map((one) =>
      testProgram(one, extract[version](change(goldReply(one), one), one)!)
    );
    const { value, error } = await runPython(driver(programs), { seconds: 120, memoryMb: 512 });
    return value === undefined ? [error] : value === "none" ? [] : value.split("\n");
  };
  assert.deepEqual(await failed((reply) => reply, "strict"), []);
  assert.deepEqual(await failed((reply) => reply, "released"), []);
  // A function that gives nothing back passes none of them: the tests test.
  const empty = await failed(
    (_, { code }) => `def ${code!.entryPoint}(*arguments):\n    return None\n`,
    "strict",
  );
  assert.equal(empty.length, questions.length);
});
