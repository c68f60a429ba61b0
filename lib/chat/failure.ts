import { Error } from "../errors.ts";
import type { Usage } from "./reply.ts";
import { NO_USAGE } from "./reply.ts";

/**
 * Why a call has no answer, and whether trying again may help:
 *
 * | kind            | what came                                                          | tried again |
 * | --------------- | ------------------------------------------------------------------ | ----------- |
 * | `network`       | no connection, or one that broke                                   | yes         |
 * | `stalled`       | nothing for as long as the endpoint may be silent                  | yes         |
 * | `busy`          | status 408, 409 or 429                                             | yes         |
 * | `server`        | status 500 or above                                                | yes         |
 * | `cut`           | a stream that ended before the answer did                          | yes         |
 * | `malformed`     | something that is no chat completion                               | yes         |
 * | `mismatched`    | an answer with another request's id                                | yes         |
 * | `rejected`      | any other status: wrong key, unknown model, bad request            | no          |
 * | `length`        | an answer that was cut at its most tokens                          | no          |
 * | `filtered`      | an answer that a content filter held back                          | no          |
 * | `refused`       | a refusal in place of an answer                                    | no          |
 * | `tool-call`     | a call of a tool in place of an answer                             | no          |
 * | `empty`         | an answer without content                                          | no          |
 * | `deadline`      | the call's signal ran out of time                                  | no          |
 * | `aborted`       | the call's signal was aborted                                      | no          |
 * | `not-recorded`  | a strict recording that does not have the request                  | no          |
 * | `budget`        | nothing was asked: it could cost more than may be spent            | no          |
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

/** Details of a failure beside its kind. */
export interface ChatFailureDetails {
  /** Tokens spent nevertheless, earlier tries included. Default: nothing. */
  readonly usage?: Usage | undefined;
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

/** The failure of a call whose signal was aborted: its deadline has passed, or somebody ended it. */
export function endedBy(signal: AbortSignal, details: ChatFailureDetails = {}): ChatFailure {
  const { reason } = signal;
  if (reason instanceof ChatFailure) return reason;
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
