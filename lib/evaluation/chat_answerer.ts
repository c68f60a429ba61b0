import type { Chat } from "../chat/chat.ts";
import { ChatFailure, OWN_WORDS } from "../chat/failure.ts";
import { answerTokens, type ChatReply, subtractUsage, totalTokens, type Usage } from "../chat/reply.ts";
import { joinThinking, readThinking } from "../chat/thinking.ts";
import { requireOptions, withoutUndefined } from "../options.ts";
import type { Answer, Answerer } from "./answerer.ts";

/** Settings of {@linkcode chatAnswerer}. */
export interface ChatAnswererOptions {
  /** Name of the model, as its server knows it. */
  model: string;
  /** Whether prompts are continued as they stand (`/completions`), without the server's template. */
  raw?: boolean | undefined;
}

/**
 * Asks a model behind any chat: an OpenAI-compatible server (`endpointChat`), several, or a recording.
 *
 * @example
 * ```ts ignore
 * const chat = endpointChat({ baseURL: "http://127.0.0.1:8080/v1" });
 * const answerer = chatAnswerer(chat, { model: "DeepSeek-R1-Distill-Llama-8B" });
 * ```
 */
export function chatAnswerer(chat: Chat, options: ChatAnswererOptions): Answerer {
  requireOptions("chatAnswerer", options, { model: true, raw: true }, '{ model: "llama" }, its name there');
  const { model, raw = false } = options;
  return {
    identity: `${model}${raw ? " raw" : ""}`,
    async answer({ prompt, temperature, topP, maxTokens, seed, stop, signal }) {
      const request = withoutUndefined({
        model,
        messages: [{ role: "user" as const, content: prompt }],
        temperature,
        topP,
        maxTokens,
        seed,
        stop,
        raw: raw || undefined,
      });
      try {
        return answerOf(await chat(request, { signal }));
      } catch (error) {
        if (!(error instanceof ChatFailure) || !OWN_WORDS.has(error.kind)) throw error;
        const { kind: finishReason, partial, usage, lost } = error;
        const tokens = tokensOf(partial, subtractUsage(usage, lost));
        const known = { text: partial, finishReason, ...tokens, answeredBy: model };
        return withoutUndefined({ ...known, lost: lostOf(lost) });
      }
    },
  };
}

function answerOf({ reasoning, content, finishReason, usage, lost, model, endpoint }: ChatReply): Answer {
  const text = joinThinking(reasoning, content);
  const answeredBy = `${model} at ${endpoint}`;
  return withoutUndefined({ text, finishReason, ...tokensOf(text, usage), lost: lostOf(lost), answeredBy });
}

/** What came to nothing, where something did. */
const lostOf = (lost: Usage): Usage | undefined => totalTokens(lost) > 0 ? lost : undefined;

/** Tokens of thoughts and answer: the server's numbers, else in proportion to their lengths. */
function tokensOf(
  text: string,
  { promptTokens, completionTokens, reasoningTokens, estimated }: Usage,
): Pick<Answer, "promptTokens" | "thinkTokens" | "answerTokens" | "estimated"> {
  const { closed, answer } = readThinking(text);
  const share = closed ? 1 - answer.length / text.length : 0;
  const known = closed ? reasoningTokens : 0;
  const all = answerTokens(completionTokens, reasoningTokens);
  const thinkTokens = known ?? Math.round(share * all);
  return {
    promptTokens,
    thinkTokens,
    answerTokens: all - thinkTokens,
    estimated: estimated || known === undefined,
  };
}
