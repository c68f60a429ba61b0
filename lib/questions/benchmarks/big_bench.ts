import { fields, list, text } from "../../files/schema.ts";
import { lastOption } from "../extract/letter.ts";
import { lastNumber } from "../extract/number.ts";
import { lastWord } from "../extract/last_word.ts";
import type { BigBenchTask } from "../question.ts";
import { type Benchmark, jsonOf, readAlike } from "./benchmark.ts";

const ROWS = fields({ examples: list(fields({ input: text, target: text })) });

const END_WITH_LETTER = "Reason step by step, and end with the letter of the right option.";

/** The tasks of BIG-Bench Hard that are read, a row each. */
export const bigBench: Readonly<Record<BigBenchTask, Benchmark>> = {
  temporal_sequences: options(
    "Temporal Sequences",
    "temporal_sequences",
    "ABCD",
    "Go through the day hour by hour, and end with the letter of the right option.",
  ),
  boolean_expressions: words("Boolean Expressions", "boolean_expressions", ["True", "False"]),
  web_of_lies: words("Web of Lies", "web_of_lies", ["Yes", "No"]),
  object_counting: numbers("Object Counting", "object_counting"),
  multistep_arithmetic_two: numbers("Multistep Arithmetic", "multistep_arithmetic_two"),
  tracking_shuffled_objects_three_objects: options(
    "Tracking Shuffled Objects",
    "tracking_shuffled_objects_three_objects",
    "ABC",
  ),
  logical_deduction_three_objects: options("Logical Deduction", "logical_deduction_three_objects", "ABC"),
};

function options(title: string, task: BigBenchTask, letters: string, told = END_WITH_LETTER): Benchmark {
  return {
    ...common(title, task),
    kind: "choice",
    ask: (text) => `${told}\n${text}`,
    extract: readAlike((reply) => lastOption(reply, letters)),
  };
}

function words(title: string, task: BigBenchTask, answers: readonly string[]): Benchmark {
  return {
    ...common(title, task),
    kind: "choice",
    ask: (text) => `Reason step by step, and end with ${answers.join(" or ")}.\n${text}`,
    extract: readAlike((reply) => lastWord(reply, answers)),
  };
}

function numbers(title: string, task: BigBenchTask): Benchmark {
  return { ...common(title, task), kind: "number", extract: readAlike(lastNumber) };
}

function common(title: string, task: BigBenchTask): Omit<Benchmark, "kind" | "extract"> {
  return {
    title: `${title} (BIG-Bench Hard)`,
    citation: "Suzgun et al., Challenging BIG-Bench Tasks and Whether Chain-of-Thought Can Solve Them, " +
      "2022, arXiv 2210.09261",
    licence: "MIT",
    folder: "reasoning",
    splits: { all: `bbh_${task}.json` },
    read: (file) =>
      jsonOf<{ examples: { input: string; target: string }[] }>(file, ROWS).examples.map((
        { input, target },
      ) => ({ text: input, gold: target.replace(/^\((\w)\)$/, "$1") })),
  };
}
