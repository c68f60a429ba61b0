import { Error } from "../errors.ts";
import type { Usage } from "./reply.ts";
import { NO_USAGE } from "./reply.ts";

/**
 * Why a call has no answer, whether it is tried again, and whether what came is the model's own word:
 *
 * | kind            | what came                                                          | again | own word |
 * | --------------- | ------------------------------------------------------------------ | ----- | -------- |
 * | `network`       | no connection, or one that broke                                   | yes   | no       |
 * | `stalled`       | nothing for as long as the endpoint may be silent                  | yes   | no       |
 * | `busy`          | status 408, 409 or 429                                             | yes   | no       |
 * | `server`        | status 500 or above                                                | yes   | no       |
 * | `cut`           | a stream that ended before the answer did                          | yes   | no       |
 * | `malformed`     | something that is no chat completion                               | yes   | no       |
 * | `mismatched`    | an answer with another request's id                                | yes   | no       |
 * | `rejected`      | any other status: wrong key, unknown model, bad request            | no    | no       |
 * | `length`        | an answer that was cut at its most tokens                          | no    | yes      |
 * | `filtered`      | an answer that a content filter held back                          | no    | yes      |
 * | `refused`       | a refusal in place of an answer                                    | no    | yes      |
 * | `tool-call`     | a call of a tool in place of an answer                             | no    | yes      |
 * | `empty`         | an answer without content                                          | no    | yes      |
 * | `deadline`      | the call's signal ran out of time                                  | no    | no       |
 * | `aborted`       | the call's signal was aborted                                      | no    | no       |
 * | `not-recorded`  | a strict recording that does not have the request                  | no    | no       |
 * | `budget`        | nothing was asked: it could cost more than may be spent            | no    | no       |
 */
export type ChatFailureKind = keyof typeof TRIED_AGAIN;

/** Whether a failure of this kind is worth another try. */
export const TRIED_AGAIN = {
  network: true,
  stalled: true,
  busy: true,
  server: true,
  cut: true,
  malformed: true,
  mismatched: true,
  rejected: false,
  length: false,
  filtered: false,
  refused: false,
  "tool-call": false,
  empty: false,
  deadline: false,
  aborted: false,
  "not-recorded": false,
  budget: false,
} as const;

/**
 * Kinds that are the model's own word in the place of an answer: paid for, and the same another time. Whoever
 * grades takes it for a wrong answer; a failure of any other kind says nothing of the model.
 */
export const OWN_WORDS: ReadonlySet<string> = new Set<ChatFailureKind>([
  "length",
  "filtered",
  "refused",
  "tool-call",
  "empty",
]);

/** Details of a failure beside its kind. */
export interface ChatFailureDetails {
  /** Tokens spent nevertheless, earlier tries included. Default: nothing. */
  readonly usage?: Usage | undefined;
  /** Tokens of earlier tries, which `usage` has, too. Default: nothing. */
  readonly lost?: Usage | undefined;
  /** Part of an answer that arrived, with the thoughts before it. Default: nothing. */
  readonly partial?: string | undefined;
  /** Status of the server's response, where there was one. */
  readonly status?: number | undefined;
  /** Milliseconds after which the server wants to be asked again, where it said so. */
  readonly retryAfterMs?: number | undefined;
  /** Number of tries. Default: 1. */
  readonly tries?: number | undefined;
  /** Milliseconds that the call took, as those of a `ChatReply`. Default: not known. */
  readonly latencyMs?: number | undefined;
}

/** A call without an answer. It is never turned into an empty answer: who asked decides what follows. */
export class ChatFailure extends Error {
  /** The error's name: `ChatFailure`. */
  override name = "ChatFailure";
  /** Reason why there is no answer. */
  readonly kind: ChatFailureKind;
  /** Tokens that the call spent nevertheless, all tries together. */
  readonly usage: Usage;
  /** Tokens of earlier tries of the call, which `usage` has, too. */
  readonly lost: Usage;
  /** Part of an answer that arrived: the beginning of one that was cut, with the thoughts before it. */
  readonly partial: string;
  /** Status of the server's response, where there was one. */
  readonly status: number | undefined;
  /** Milliseconds after which the server wants to be asked again, where it said so. */
  readonly retryAfterMs: number | undefined;
  /** Number of tries. */
  readonly tries: number;
  /** Milliseconds that the call took, as those of a `ChatReply`; `undefined` where nobody took the time. */
  readonly latencyMs: number | undefined;

  /** A failure of a kind, with a sentence that says what to do. */
  constructor(kind: ChatFailureKind, message: string, details: ChatFailureDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.kind = kind;
    this.usage = details.usage ?? NO_USAGE;
    this.lost = details.lost ?? NO_USAGE;
    this.partial = details.partial ?? "";
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.tries = details.tries ?? 1;
    this.latencyMs = details.latencyMs;
  }
}

/** Whether a call was not made because it could cost more than may be spent. */
export function isBudgetFailure(error: unknown): error is ChatFailure {
  return error instanceof ChatFailure && error.kind === "budget";
}

/**
 * The failure of a call whose signal was aborted: its deadline has passed, or somebody ended it, whose own
 * failure says why where it is one.
 */
export function endedBy(signal: AbortSignal, details: ChatFailureDetails = {}): ChatFailure {
  const { reason } = signal;
  if (reason instanceof ChatFailure) return new ChatFailure(reason.kind, reason.message, details, reason);
  const late = reason instanceof DOMException && reason.name === "TimeoutError";
  return new ChatFailure(
    late ? "deadline" : "aborted",
    late
      ? "Cannot wait longer for the answer: the deadline of the call has passed; give it more time"
      : `The call was aborted: ${reason instanceof Error ? reason.message : reason}`,
    details,
    reason,
  );
}
