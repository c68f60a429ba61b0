import type { Chat } from "../../../lib/chat/chat.ts";
import { estimatePrompt, estimateTokens, NO_USAGE } from "../../../lib/chat/reply.ts";
import type { ChatRequest } from "../../../lib/chat/request.ts";

/** A chat that answers by a function, each answer after so many milliseconds of its own time, and keeps what it was asked. */
export function fakeChat(
  answer: (request: ChatRequest) => string | Promise<string>,
  latencyMs: (request: ChatRequest) => number = () => 10,
): Chat & { asked: ChatRequest[] } {
  const asked: ChatRequest[] = [];
  const chat: Chat = async (request) => {
    asked.push(request);
    const content = await answer(request);
    return {
      content,
      finishReason: "stop",
      usage: {
        promptTokens: estimatePrompt(request.messages),
        completionTokens: estimateTokens(content),
        estimated: true,
      },
      lost: NO_USAGE,
      tries: 1,
      latencyMs: latencyMs(request),
      model: request.model,
      endpoint: "fake",
    };
  };
  return Object.assign(chat, { asked });
}

/** Who a request is for: the first words of its persona. */
export const personaOf = ({ messages }: ChatRequest): string => messages[0]!.content;

/** What a request asks, with all that is heard. */
export const promptIn = ({ messages }: ChatRequest): string => messages[1]!.content;
