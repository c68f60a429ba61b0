import { withoutUndefined } from "../options.ts";
import { ChatFailure } from "./failure.ts";
import { answerTokens, estimatePrompt, estimateTokens, type Usage } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import { joinThinking } from "./thinking.ts";

/** A server's answer, put together from one body or many chunks, before anybody judged it. */
export interface Completion {
  /** The text; `null` where there was none. */
  content: string | null;
  /** Thoughts that came apart from the text. */
  reasoning?: string | undefined;
  /** The text of a refusal. */
  refusal?: string | undefined;
  /** Whether tools were called. */
  toolCall: boolean;
  /** Reason why the completion ended; `null` where the server did not say. */
  finishReason: string | null;
  /** The server's own count of tokens. */
  usage?: unknown;
  /** Name of the model that answered. */
  model: string;
}

/** Fields of one body or chunk, as far as they are read here; servers leave out some of them. */
interface Part {
  choices?: {
    message?: Spoken;
    delta?: Spoken;
    text?: string;
    finish_reason?: string | null;
  }[];
  usage?: unknown;
  model?: string;
}

/** Where servers put thoughts apart: vLLM and llama.cpp; OpenRouter and newer vLLM; Ollama. */
const THOUGHTS = ["reasoning_content", "reasoning", "thinking"] as const;

interface Spoken {
  content?: string | null;
  reasoning_content?: string | null;
  reasoning?: string | null;
  thinking?: string | null;
  refusal?: string | null;
  tool_calls?: unknown[] | null;
}

/** A completion of which nothing has come. */
export function emptyCompletion(model: string): Completion {
  return { content: null, toolCall: false, finishReason: null, model };
}

/**
 * Adds one chunk of a stream, or the whole of a body.
 *
 * @throws ChatFailure `malformed` where it is no chat completion
 */
export function addPart(completion: Completion, part: unknown): void {
  if (typeof part !== "object" || part === null || !Array.isArray((part as Part).choices)) {
    throw malformed(part);
  }
  const { choices, usage, model } = part as Part;
  if (usage) completion.usage = usage;
  if (model) completion.model = model;
  const choice = choices![0];
  const spoken: Spoken | undefined = choice?.message ?? choice?.delta ?? { content: choice?.text ?? null };
  if (typeof spoken?.content === "string") completion.content = (completion.content ?? "") + spoken.content;
  const reasoning = THOUGHTS.map((name) => spoken?.[name]).find((text) => text);
  if (reasoning) completion.reasoning = (completion.reasoning ?? "") + reasoning;
  if (spoken?.refusal) completion.refusal = (completion.refusal ?? "") + spoken.refusal;
  if (spoken?.tool_calls?.length) completion.toolCall = true;
  if (choice?.finish_reason) completion.finishReason = choice.finish_reason;
}

/** The failure of something that is no chat completion; says how it begins. */
export function malformed(found: unknown, cause?: unknown): ChatFailure {
  const text = typeof found === "string" ? found : JSON.stringify(found) ?? String(found);
  return new ChatFailure(
    "malformed",
    `Cannot read the server's answer: expected a chat completion, found ${
      JSON.stringify(text.slice(0, 80))
    }; ` +
      "check that the base URL is that of an OpenAI-compatible server",
    {},
    cause,
  );
}

/** Tokens of a completion: the server's count, or an estimate where it gives none that can be. */
export function usageOf(completion: Completion, request: ChatRequest): Usage {
  const given = (completion.usage ?? {}) as Record<string, unknown>;
  const { prompt_tokens: prompt, completion_tokens: answer } = given;
  const detail = (of: string, name: string) => {
    const value = (given[of] as Record<string, unknown> | null | undefined)?.[name];
    return isCount(value) ? value : undefined;
  };
  const cachedTokens = detail("prompt_tokens_details", "cached_tokens");
  const reasoningTokens = detail("completion_tokens_details", "reasoning_tokens");
  return withoutUndefined({
    promptTokens: isCount(prompt) ? prompt : estimatePrompt(request.messages),
    completionTokens: isCount(answer)
      ? answerTokens(answer, reasoningTokens)
      : estimateTokens(textOf(completion)),
    cachedTokens,
    reasoningTokens,
    estimated: !(isCount(prompt) && isCount(answer)),
  });
}

/** All that a completion says, thoughts included, in one text. */
export function textOf({ reasoning, content }: Completion): string {
  return joinThinking(reasoning, content ?? "");
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Why a completion is no answer, though it came whole; the first row that fits. */
const FAULTS: readonly [fits: (completion: Completion) => boolean, ...Parameters<typeof fault>][] = [
  [
    ({ finishReason }) => finishReason === "length",
    "length",
    "the answer was cut at its most tokens; raise maxTokens",
  ],
  [
    ({ finishReason }) => finishReason === "content_filter",
    "filtered",
    "the server's content filter held it back; word the request otherwise",
  ],
  [
    ({ toolCall }) => toolCall,
    "tool-call",
    "the model called a tool, though none was offered; ask another model",
  ],
  [
    ({ refusal }) => !!refusal,
    "refused",
    "the model refused; word the request otherwise or ask another model",
  ],
  [({ content }) => !content?.trim(), "empty", "the answer has no content; ask another model"],
];

function fault(
  kind: "length" | "filtered" | "tool-call" | "refused" | "empty",
  why: string,
): [typeof kind, string] {
  return [kind, `Cannot use the answer: ${why}`];
}

/** @throws ChatFailure where a completion that came whole is no answer: cut, filtered, refused, empty */
export function judge(completion: Completion, usage: Usage): void {
  const found = FAULTS.find(([fits]) => fits(completion));
  if (!found) return;
  const [kind, message] = fault(found[1], found[2]);
  throw new ChatFailure(kind, message, { usage, partial: completion.refusal ?? textOf(completion) });
}
