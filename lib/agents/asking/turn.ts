import { type ChatFailureKind, OWN_WORDS } from "../../chat/failure.ts";
import type { Usage } from "../../chat/reply.ts";
import type { ChatMessage } from "../../chat/request.ts";

/** Why somebody of a team, or the whole team, has no answer. */
export interface TurnFailure {
  /** Kind of the failure; `nobody` where all who were to be read have none. */
  readonly kind: ChatFailureKind | "nobody";
  /** The failure as a sentence. */
  readonly message: string;
}

/** One line of a transcript: what somebody was asked, and what came of it. */
export interface Turn {
  /** Role of the agent; `decision` for the decision at the end. */
  readonly role: string;
  /** Position of the agent in the team; absent for the decision. */
  readonly agent?: number | undefined;
  /** Round, from 0; the decision is in the last one. */
  readonly round: number;
  /** Messages that were sent; empty where a tool or a count made it needless to ask. */
  readonly messages: readonly ChatMessage[];
  /** Final text of the turn, with the additions of tools; absent where it failed. */
  readonly content?: string | undefined;
  /** Reason why nothing was said. */
  readonly failure?: TurnFailure | undefined;
  /** Tokens of the turn, failed tries included. */
  readonly usage: Usage;
  /** Milliseconds that the call took, trying again included; absent where nobody took the time. */
  readonly latencyMs?: number | undefined;
  /**
   * Milliseconds from the question to the end of this turn, along the longest way of who reads whom; absent
   * where a call on that way has no time.
   */
  readonly doneMs?: number | undefined;
}

/** Milliseconds until all of some turns are done; `undefined` where one has no time. */
export function lastDone(turns: readonly Pick<Turn, "doneMs">[]): number | undefined {
  const known = turns.flatMap(({ doneMs }) => doneMs === undefined ? [] : [doneMs]);
  return known.length < turns.length ? undefined : Math.max(0, ...known);
}

/** Whether a signal ended some of the calls, so that what came of the others is not the team's answer. */
export function wasInterrupted(
  transcript: readonly Pick<Turn, "failure">[],
  signal: AbortSignal | undefined,
): boolean {
  return signal?.aborted === true &&
    transcript.some(({ failure }) => failure !== undefined && !OWN_WORDS.has(failure.kind));
}
