import { RangeError } from "../errors.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { textDigest } from "../files/digest.ts";

/** One message of a chat. */
export interface ChatMessage {
  /** Who speaks: `system` says who the model is, `user` asks, `assistant` is what it answered before. */
  readonly role: "system" | "user" | "assistant";
  /** Text of the message. */
  readonly content: string;
}

/**
 * A request to a model. Temperature and seed are always sent, because servers differ in what they take where
 * there is none; a server may still pass over the seed.
 */
export interface ChatRequest {
  /** Name of the model, as the server knows it. */
  readonly model: string;
  /** The messages, oldest first. */
  readonly messages: readonly ChatMessage[];
  /** Sampling temperature: 0 always takes the likeliest token. */
  readonly temperature: number;
  /** Seed of the sampling; the call's sample number is added to it. */
  readonly seed: number;
  /** The most tokens of the answer. */
  readonly maxTokens: number;
  /** Nucleus sampling: only the likeliest tokens with this much probability in all. Default: the server's. */
  readonly topP?: number | undefined;
  /** Texts that end the answer. Default: none. */
  readonly stop?: readonly string[] | undefined;
  /**
   * Whether the model goes on with the text of the messages as it stands (`/completions`), without the frame
   * that chats have. Default: false.
   */
  readonly raw?: boolean | undefined;
}

/**
 * The name of a request and a sample: SHA-256, in hex, of the canonical JSON of both, so that neither the
 * order of fields nor absent ones count.
 *
 * @throws TypeError where the request is no plain JSON
 */
export function requestHash(request: ChatRequest, sample = 0): string {
  return textDigest(canonicalJson({ request, sample }, "chat"));
}

/** @throws RangeError where a request cannot be sent: no message, no model, a number out of its range */
export function checkRequest({ model, messages, temperature, seed, maxTokens, topP }: ChatRequest): void {
  const faults = [
    ...model ? [] : ["a model's name"],
    ...messages.length > 0 ? [] : ["at least one message"],
    ...Number.isFinite(temperature) && temperature >= 0
      ? []
      : [`a temperature of 0 or more, not ${temperature}`],
    ...Number.isSafeInteger(seed) && seed >= 0 ? [] : [`a whole seed of 0 or more, not ${seed}`],
    ...Number.isSafeInteger(maxTokens) && maxTokens > 0 ? [] : [`1 or more tokens at most, not ${maxTokens}`],
    ...topP === undefined || (topP > 0 && topP <= 1) ? [] : [`topP above 0 and up to 1, not ${topP}`],
  ];
  if (faults.length > 0) throw new RangeError(`Cannot ask a chat: expected ${faults.join("; ")}`);
}
