/**
 * Language models behind OpenAI-compatible servers: asked with retries and shared limits, recorded, replayed.
 *
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { type Chat, NO_USAGE } from "./mod.ts";
 *
 * // Any function that answers requests is a chat; `endpointChat({ baseURL })` is one with a server.
 * const parrot: Chat = (request) =>
 *   Promise.resolve({
 *     content: request.messages.at(-1)!.content,
 *     finishReason: "stop",
 *     usage: NO_USAGE,
 *     lost: NO_USAGE,
 *     tries: 1,
 *     model: request.model,
 *     endpoint: "none",
 *   });
 * const messages = [{ role: "user" as const, content: "Hello" }];
 * const { content } = await parrot({ model: "parrot", messages, temperature: 0, seed: 0, maxTokens: 9 });
 * equal(content, "Hello");
 * ```
 *
 * @module
 */
export { type Budget, budgetedChat, openBudget } from "./budget.ts";
export type { CallPlace, Chat, ChatCall } from "./chat.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { Endpoint } from "./endpoint.ts";
export { endpointChat, type EndpointChatOptions } from "./endpoint_chat.ts";
export { ChatFailure, type ChatFailureDetails, type ChatFailureKind, TRIED_AGAIN } from "./failure.ts";
export { hasLlamaServer, type LlamaServer, llamaServer, type LlamaServerOptions } from "./llama_server.ts";
export type { Limits } from "./limiter.ts";
export { type LoggedTrial, type OffPolicyEstimate, offPolicyEstimate } from "./off_policy.ts";
export { recordedChat, type RecordedChatOptions, replayChat } from "./recorded_chat.ts";
export { readRecording, type RecordedCall, type RecordedFailure } from "./recording.ts";
export {
  addUsage,
  type ChatReply,
  estimatePrompt,
  estimateTokens,
  NO_USAGE,
  totalTokens,
  type Usage,
} from "./reply.ts";
export { type ChatMessage, type ChatRequest, requestHash } from "./request.ts";
export { joinThinking, readThinking, type Thinking, thinkingLength } from "./thinking.ts";
