import assert from "node:assert/strict";
import { goldReply, grade, testProgram } from "../../lib/questions/grade.ts";
import { BENCHMARKS } from "../../lib/questions/benchmarks.ts";
import { loadQuestions, readQuestions } from "../../lib/questions/load_questions.ts";
import { questionPrompt } from "../../lib/questions/question_prompt.ts";
import { runPython } from "../../lib/questions/python/run_python.ts";
import type { BenchmarkName, Question } from "../../lib/questions/question.ts";
import { dataFile } from "../data.ts";

/** A question or two of each benchmark, made up, in the form of its files. */
const FILES: Record<BenchmarkName, string> = {
  mmlu: JSON.stringify({
    subject: "arithmetic",
    question: "2 + 2?",
    A: "3",
    B: "4",
    C: "5",
    D: "6",
    answer: "B",
  }),
  gsm8k: [
    { question: "Ann has 3 nuts and finds 4. How many?", answer: "3 + 4 = <<3+4=7>>7\n#### 7" },
    { question: "From 1,000 she owes 1,500?", answer: "#### -500" },
  ].map((row) => JSON.stringify(row)).join("\n"),
  multiarith: JSON.stringify([{ sQuestion: " 3 and 4 pens are how many? ", lSolutions: [7.0] }]),
  svamp: JSON.stringify([{ Body: "Ann has 3 nuts and finds 4", Question: "How many?", Answer: 7.0 }]),
  aqua: JSON.stringify({ question: "2 + 2?", options: ["A)3", "B)4", "C)5", "D)6", "E)7"], correct: "B" }),
  humaneval: JSON.stringify({
    task_id: "HumanEval/0",
    prompt: 'def twice(x):\n    """ Twice x. """\n',
    entry_point: "twice",
    canonical_solution: "    return 2 * x\n",
    test: "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate('a') == 'aa'\n",
  }),
  aime: JSON.stringify([{ id: "2024-I-0", problem: "What is $2 + 2$?", answer: "004", url: "" }]),
  folio: JSON.stringify({
    premises: ["All cats purr. ", "Tom purrs."],
    conclusion: "Tom is a cat.",
    label: "Uncertain",
  }),
  musique: JSON.stringify([{
    id: "2hop__1_2",
    paragraphs: [],
    question: "Where was the author of X born?",
    answer: "New York City",
    answer_aliases: ["NYC", "The Big Apple"],
  }]),
  temporal_sequences: bigBench("When?\nOptions:\n(A) 1pm to 2pm\n(B) 2pm to 3pm", "(B)"),
  boolean_expressions: bigBench("not ( True ) is", "False"),
  web_of_lies: bigBench("Question: Does Lorine tell the truth?", "No"),
  object_counting: bigBench("I have three pens. How many pens do I have?", "3"),
  multistep_arithmetic_two: bigBench("(2 - 37) =", "-35"),
  tracking_shuffled_objects_three_objects: bigBench("Who?\nOptions:\n(A) Ann\n(B) Bob\n(C) Cy", "(C)"),
  logical_deduction_three_objects: bigBench("Which?\nOptions:\n(A) one\n(B) two\n(C) three", "(A)"),
};

/** A question in the form of BIG-Bench Hard. */
function bigBench(input: string, target: string): string {
  return JSON.stringify({ canary: "…", examples: [{ input, target }] });
}

const NAMES = Object.keys(FILES) as BenchmarkName[];
const made = (name: BenchmarkName, version: "strict" | "released" = "strict") =>
  readQuestions(name, "made", FILES[name], version);

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

Deno.test("words are right by any alias, and measured where they are not", async () => {
  const [question] = made("musique");
  const graded = async (reply: string) => {
    const { correct, f1, contains } = await grade(question!, reply);
    return [correct, f1, contains];
  };
  assert.deepEqual(await graded("It follows that\n**Answer:** The NYC."), [true, 1, true]);
  assert.deepEqual(await graded("the big apple"), [true, 1, true]);
  // Four words, three of which are those of the gold answer: precision 3/4, recall 1.
  assert.deepEqual(await graded("In New York City"), [false, 6 / 7, true]);
  assert.deepEqual(await graded("York"), [false, 0.5, false]);
  assert.deepEqual(await graded("Newark"), [false, 0, false]);
  assert.deepEqual(await graded(" \n"), [false, 0, false]);
});

Deno.test("prompts have the parts of the published ones, in their order, and no examples", () => {
  const prompt = (name: BenchmarkName, opening?: string) => questionPrompt(made(name)[0]!, opening);
  assert.equal(prompt("aime", "<think>"), "What is $2 + 2$?\n<think>\n");
  assert.match(
    prompt("folio", "<think>"),
    /^[^\n]+\nPremises:\n\*+\n.*\n\*+\nConclusion:\n\*+\n.*\n\*+<think>\n$/s,
  );
  assert.match(
    prompt("temporal_sequences", "<think>"),
    /^[^\n]*letter[^\n]*\nWhen\?.*2pm to 3pm\n<think>\n$/s,
  );
  assert.match(prompt("musique", "<think>"), /^Where was .*born\? [^\n]* few words [^\n]*\n<think>\n$/);
  assert.equal(prompt("aime"), "What is $2 + 2$?");
  assert.match(prompt("gsm8k"), /How many\?\n\nEnd with .* number\.$/);
});

Deno.test("the released grader has the faults it is known for", async () => {
  const [, negative] = made("gsm8k");
  assert.equal((await grade(negative!, goldReply(negative!), "released")).correct, false);
  assert.equal((await grade(negative!, "The answer is 1500 - 1000", "released")).answer, "1500");
  const [aqua] = made("aqua");
  assert.equal((await grade(aqua!, "The answer is B", "released")).correct, false);
  assert.equal((await grade(aqua!, "The answer is B")).correct, true);
});

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
