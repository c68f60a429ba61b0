/** Files of each benchmark, made by hand. */
import { readQuestions } from "../../lib/questions/load_questions.ts";
import type { BenchmarkName } from "../../lib/questions/question.ts";

/** A question or two of each benchmark, made up, in the form of its files. */
export const FILES: Record<BenchmarkName, string> = {
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
export function bigBench(input: string, target: string): string {
  return JSON.stringify({ canary: "…", examples: [{ input, target }] });
}

export const made = (name: BenchmarkName, version: "strict" | "released" = "strict") =>
  readQuestions(name, "made", FILES[name], version);
