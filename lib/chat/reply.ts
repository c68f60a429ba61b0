import type { ChatMessage } from "./request.ts";

/** Tokens of one or several calls. */
export interface Usage {
  /** Tokens of what was sent. */
  readonly promptTokens: number;
  /** Tokens of what was answered. */
  readonly completionTokens: number;
  /** The tokens of the prompt that the server had in its cache; absent where it does not say. */
  readonly cachedTokens?: number | undefined;
  /** The tokens of the answer that went into hidden reasoning; absent where the server does not say. */
  readonly reasoningTokens?: number | undefined;
  /** Whether the server did not tell, so that (some of) the numbers are estimates from the texts. */
  readonly estimated: boolean;
}

/** A whole answer. */
export interface ChatReply {
  /** The answer; never empty. */
  readonly content: string;
  /** What the model thought before it answered, where the server gives that apart from the answer. */
  readonly reasoning?: string | undefined;
  /** Reason why the answer ended, as the server says: `stop`. */
  readonly finishReason: string;
  /** Tokens of the answer. */
  readonly usage: Usage;
  /** Tokens of earlier tries of this call that came to nothing: cut streams, answers to another request. */
  readonly lost: Usage;
  /** Number of tries, this one included. */
  readonly tries: number;
  /**
   * Milliseconds from the first try to the whole answer, waits between tries included. What was waited before
   * at the endpoint's limits is not in it: that says what else was asked, not how long this call takes.
   * Absent where nobody took the time, as in a recording without times.
   */
  readonly latencyMs?: number | undefined;
  /** Name of the model that answered, as the server says. */
  readonly model: string;
  /** Base URL of the server that answered. */
  readonly endpoint: string;
}

/** Nothing spent. */
export const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, estimated: false };

/** The sum of what calls cost. */
export function addUsage(...usages: readonly Usage[]): Usage {
  const sum = (of: (usage: Usage) => number | undefined) =>
    usages.reduce((all, one) => all + (of(one) ?? 0), 0);
  const known = (name: "cachedTokens" | "reasoningTokens") =>
    usages.some((usage) => usage[name] !== undefined) ? { [name]: sum((usage) => usage[name]) } : {};
  return {
    promptTokens: sum((usage) => usage.promptTokens),
    completionTokens: sum((usage) => usage.completionTokens),
    ...known("cachedTokens"),
    ...known("reasoningTokens"),
    estimated: usages.some(({ estimated }) => estimated),
  };
}

/** What is left of a cost without a part of it. */
export function subtractUsage(all: Usage, part: Usage): Usage {
  const known = (name: "cachedTokens" | "reasoningTokens") =>
    all[name] === undefined ? {} : { [name]: all[name] - (part[name] ?? 0) };
  return {
    promptTokens: all.promptTokens - part.promptTokens,
    completionTokens: all.completionTokens - part.completionTokens,
    ...known("cachedTokens"),
    ...known("reasoningTokens"),
    estimated: all.estimated,
  };
}

/** All tokens of a usage: prompt and answer. */
export function totalTokens({ promptTokens, completionTokens }: Usage): number {
  return promptTokens + completionTokens;
}

/**
 * All tokens of an answer, those of hidden reasoning among them. Servers count those as a part of the
 * completion; where there are more of them than of that, it is the answer alone.
 */
export function answerTokens(completionTokens: number, reasoningTokens = 0): number {
  return reasoningTokens > completionTokens ? completionTokens + reasoningTokens : completionTokens;
}

/**
 * About how many tokens a text has where nobody counted: a token for every three bytes of UTF-8. English
 * has about four bytes to a token, so this is rather too much than too little.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 3);
}

/** About how many tokens a prompt has, with four for each message's frame, as chat formats need. */
export function estimatePrompt(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + 4 + estimateTokens(content), 0);
}
