import type { Message } from "../protocol/wire.ts";
import { type CellFacts, FACTS_MIME } from "./inside/told.ts";

/** Whether a process can write to its own outputs as code in other languages does. */
export const MARKS_NATIVE: boolean = Deno.build.os !== "windows";

/** Waits for a mark in everything that a cell may put out. */
export interface MarkFilter {
  /** Takes a message, and passes on what is not of the mark. */
  hear(message: Message): void;
  /** Whether the mark came in every way. */
  readonly complete: boolean;
  /** What the mark says of the cell before it. */
  readonly facts: CellFacts;
}

/**
 * The process that runs the cells sends streams, displays and values through queues of their own, and says
 * that a cell is done before they are empty. A mark that goes through each of them comes out behind all that
 * the cell put out: once it came everywhere, nothing is missing. `id` is the request that writes the mark.
 */
export function markFilter(mark: string, id: string, pass: (message: Message) => void): MarkFilter {
  const missing = new Set(["stdout", "stderr", "display", "value", "reply", "idle"]);
  if (MARKS_NATIVE) missing.add("native stderr").add("native stdout");
  let facts: CellFacts = {};
  const held: Record<string, string> = {};
  const stream = (message: Message) => {
    const name = message.metadata.native ? `native ${message.content.name}` : String(message.content.name);
    const text = (held[name] ?? "") + String(message.content.text);
    const at = text.indexOf(`${mark}\n`);
    if (at >= 0) missing.delete(name);
    // The mark may come in two pieces: what may be its first one waits for the other.
    const kept = at >= 0 ? 0 : beginningAtEnd(text, `${mark}\n`);
    held[name] = text.slice(text.length - kept);
    const said = at >= 0
      ? text.slice(0, at) + text.slice(at + mark.length + 1)
      : text.slice(0, text.length - kept);
    if (said) pass({ ...message, content: { ...message.content, text: said } });
  };
  const isMark = ({ content }: Message) =>
    String((content.data as Record<string, unknown> | undefined)?.["text/plain"]).includes(mark);
  const rows: Record<string, (message: Message) => void> = {
    stream,
    display_data(message) {
      if (!isMark(message)) return pass(message);
      missing.delete("display");
      facts = (message.content.data as Record<string, CellFacts>)[FACTS_MIME] ?? {};
    },
    execute_result: (message) => isMark(message) ? void missing.delete("value") : pass(message),
    execute_reply: ({ parent }) => void (parent === id && missing.delete("reply")),
    status: ({ parent, content }) =>
      void (parent === id && content.execution_state === "idle" && missing.delete("idle")),
  };
  return {
    hear: (message) => (rows[message.type] ?? pass)(message),
    get complete() {
      return missing.size === 0;
    },
    get facts() {
      return facts;
    },
  };
}

/** How many characters at the end of the text are the beginning of the word. */
function beginningAtEnd(text: string, word: string): number {
  for (let length = Math.min(text.length, word.length - 1); length > 0; length--) {
    if (word.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
