/** A reply of a model that thinks before it answers, in its parts. */
export interface Thinking {
  /** Thoughts of the model, without the tags; empty where it did not end thinking. */
  readonly think: string;
  /** Answer behind the thoughts; the whole text where the model did not end thinking. */
  readonly answer: string;
  /** Whether thinking was ended: where it was not, a reply was cut in its thoughts, or has none. */
  readonly closed: boolean;
}

/** How models write tags around thoughts: DeepSeek-R1, Qwen3 and others; Mistral; Kimi. */
const tags = (slash: string): string =>
  `<${slash}(?:think|thinking|thought)>|\\[${slash}THINK\\]|◁${slash}think▷`;

const CLOSING = new RegExp(tags("/"), "gi");
const OPENING = new RegExp(`^\\s*(?:${tags("")})`, "i");
const TAG = new RegExp(`^(?:${tags("/?")})$`, "i");

/** Whether a text is a tag around thoughts and nothing else: such are tokens of their own in vocabularies. */
export function isThinkingTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * The parts of a reply: thoughts up to its last closing tag (`</think>` and the like), the answer behind it.
 * The opening tag may be missing, since prompts often end with it.
 */
export function readThinking(text: string): Thinking {
  const end = [...text.matchAll(CLOSING)].at(-1);
  if (!end) return { think: "", answer: text, closed: false };
  return {
    think: text.slice(0, end.index).replace(OPENING, "").trim(),
    answer: text.slice(end.index + end[0].length).trim(),
    closed: true,
  };
}

/** Number of characters of a text up to the end of its last closing tag; 0 where it has none. */
export function thinkingLength(text: string): number {
  const end = [...text.matchAll(CLOSING)].at(-1);
  return end ? end.index + end[0].length : 0;
}

/**
 * One text of a reply whose thoughts came in a field of their own, as it would have come from a server that
 * does not part them: so that all replies are read in one way. Thoughts without an answer stay open.
 */
export function joinThinking(reasoning: string | undefined, content: string): string {
  if (!reasoning) return content;
  return content === "" ? `<think>\n${reasoning}` : `<think>\n${reasoning}\n</think>\n\n${content}`;
}
