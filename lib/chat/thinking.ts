/** A reply of a model that thinks before it answers, in its parts. */
export interface Thinking {
  /** Thoughts of the model, without the tags; empty where it did not end thinking. */
  readonly think: string;
  /** Answer behind the thoughts; the whole text where the model did not end thinking. */
  readonly answer: string;
  /** Whether thinking was ended: where it was not, a reply was cut in its thoughts, or has none. */
  readonly closed: boolean;
}

/**
 * How models write that thoughts begin and end: DeepSeek-R1, Qwen3 and others, EXAONE and Hermes by other
 * words; Mistral; Kimi; Seed; Cohere's Command A; Apertus; Sky-T1 and OpenThinker.
 */
const TAGS: readonly (readonly [opening: string, closing: string])[] = [
  ...["think", "thinking", "thought", "thoughts", "reasoning", "seed:think"].map((word) =>
    [`<${word}>`, `</${word}>`] as const
  ),
  ["[THINK]", "[/THINK]"],
  ["◁think▷", "◁/think▷"],
  ["<|START_THINKING|>", "<|END_THINKING|>"],
  ["<|inner_prefix|>", "<|inner_suffix|>"],
  ["<|begin_of_thought|>", "<|end_of_thought|>"],
];

const anyOf = (tags: readonly string[]): string =>
  tags.map((tag) => tag.replaceAll(/[[\]|]/g, "\\$&")).join("|");

const OPENING = anyOf(TAGS.map(([opening]) => opening));
const CLOSING = anyOf(TAGS.map(([, closing]) => closing));
const OPENS = new RegExp(OPENING, "i");
const TAG_ALONE = new RegExp(`^(?:${OPENING}|${CLOSING})$`, "i");

/** Whether a text opens thoughts. A reply whose prompt opened them does not, and may think all the same. */
export function opensThinking(text: string): boolean {
  return OPENS.test(text);
}

/** Whether a text is a tag around thoughts, and nothing else. */
export function isThinkingTag(text: string): boolean {
  return TAG_ALONE.test(text);
}

/** The number of characters up to the end of the thoughts; `undefined` where they were not ended. */
function endOf(text: string): number | undefined {
  const last = [...text.matchAll(new RegExp(CLOSING, "gi"))].at(-1);
  const end = last && last.index + last[0].length;
  return end === undefined || OPENS.test(text.slice(end)) ? undefined : end;
}

/**
 * The parts of a reply: thoughts up to its last closing tag (`</think>` and the like), the answer behind it.
 * The opening tag may be missing, since prompts often end with it; where thoughts are opened once more behind
 * the last closing tag, they were not ended.
 */
export function readThinking(text: string): Thinking {
  const end = endOf(text);
  if (end === undefined) return { think: "", answer: text, closed: false };
  return {
    think: text.slice(0, end).replaceAll(new RegExp(`${OPENING}|${CLOSING}`, "gi"), "").trim(),
    answer: text.slice(end).trim(),
    closed: true,
  };
}

/** Number of characters of a text up to the end of its thoughts; 0 where they were not ended. */
export function thinkingLength(text: string): number {
  return endOf(text) ?? 0;
}

/**
 * One text of a reply whose thoughts came in a field of their own, as it would have come from a server that
 * does not part them: so that all replies are read in one way. Thoughts without an answer stay open.
 */
export function joinThinking(reasoning: string | undefined, content: string): string {
  if (!reasoning) return content;
  return content === "" ? `<think>\n${reasoning}` : `<think>\n${reasoning}\n</think>\n\n${content}`;
}
