import { BENCHMARKS } from "./benchmarks.ts";
import type { Benchmark } from "./benchmarks/benchmark.ts";
import type { Question } from "./question.ts";

/** How the answer is to end, where a benchmark has no wording of its own. */
const ENDINGS: Readonly<Record<Benchmark["kind"], string>> = {
  choice: 'End with "The answer is" and the letter of the right option.',
  number: 'End with "The answer is" and the number.',
  words: 'End with "The answer is" and as few words as you can.',
  code: "Give the whole function, in one block of Python.",
};

/**
 * What a model is asked that works alone: the question with what is wanted of it, without examples. Parts and
 * order are those of the prompts in the code of N. Zhang et al., "When Reasoning Meets Compression", 2025,
 * where it has them (AIME, FOLIO, Temporal Sequences, MuSiQue); the words are ours.
 *
 * @param opening what the prompt ends with, on a line of its own, for a model that goes on with the text
 * where it stops: `"<think>"` makes one think that was trained to. Default: nothing, as chats want it
 */
export function questionPrompt({ benchmark, text }: Question, opening = ""): string {
  const { kind, ask = (text) => `${text}\n\n${ENDINGS[kind]}` } = BENCHMARKS[benchmark];
  const asked = ask(text);
  if (opening === "") return asked;
  // FOLIO's fence is followed by the tag itself.
  return `${asked}${asked.endsWith("*") ? "" : "\n"}${opening}\n`;
}
