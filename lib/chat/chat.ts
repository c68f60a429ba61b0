import type { ChatReply } from "./reply.ts";
import type { ChatRequest } from "./request.ts";

/**
 * Whoever answers chat requests: servers (`endpointChat`), a recording (`recordedChat`), or a function of
 * one's own. It gives a whole answer or throws a `ChatFailure`; never half an answer, never an empty one.
 */
export type Chat = (request: ChatRequest, call?: ChatCall) => Promise<ChatReply>;

/** Settings of one call that do not belong to the request. */
export interface ChatCall {
  /**
   * Which of several answers to one request this is, from 0: the server is given `seed + sample`, and a
   * recording keeps one answer for each. Default: 0.
   */
  readonly sample?: number | undefined;
  /** Ends the call; with `AbortSignal.timeout` it is the call's deadline. */
  readonly signal?: AbortSignal | undefined;
  /** Where the call belongs; only recordings and transcripts read it. */
  readonly place?: CallPlace | undefined;
}

/** Where a call belongs: it is recorded, and has no influence on the answer. */
export interface CallPlace {
  /** Name of the run. */
  readonly run?: string | undefined;
  /** Name of the question. */
  readonly task?: string | undefined;
  /** Position of the agent in its team. */
  readonly agent?: number | undefined;
  /** Role of the agent. */
  readonly role?: string | undefined;
  /** Round, from 0. */
  readonly round?: number | undefined;
}
