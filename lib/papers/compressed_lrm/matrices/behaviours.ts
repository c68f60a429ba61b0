import type { AnnotatedAnswer, Annotation } from "../../../interpretation/annotated_answer.ts";
import type { Vocabulary } from "../../../text/vocabulary/vocabulary.ts";
import { exam, type World } from "../language.ts";

/** Items of each question that are looked into. */
const ITEMS = 40;

/** Patterns of a story's behaviours: what somebody says, and what changes its course. */
const OF_STORIES: Readonly<Record<string, RegExp>> = {
  speech: /"[^"]+"/g,
  turns: /\b(?:But|Suddenly|Then|One day)\b[^.!?"]*[.!?]/g,
};

/** Parts of a story by what they do, each text once. */
export function storyBehaviours(
  { bytesOf }: Pick<Vocabulary, "bytesOf">,
  ids: readonly number[],
): Annotation[] {
  const decoder = new TextDecoder();
  const text = ids.map((id) => decoder.decode(bytesOf(id), { stream: true })).join("");
  return Object.entries(OF_STORIES).flatMap(([behaviour, pattern]) =>
    [...new Set(text.match(pattern))].map((words) => ({ behaviour, words }))
  );
}

/** Items with their right answers, which are what recalls facts, one and two, or goes along a chain. */
export function annotatedItems(facts: World, { seed }: { seed: number }): AnnotatedAnswer[] {
  return exam(facts, { seed, items: ITEMS }).map(({ question, prompt, answer }) => ({
    ids: [...prompt, ...answer],
    spans: [{
      behaviour: question.startsWith("K") ? "facts" : "chains",
      start: prompt.length,
      end: prompt.length + answer.length,
    }],
  }));
}
