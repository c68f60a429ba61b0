import type { Chat } from "../../../chat/chat.ts";
import { ChatFailure, TRIED_AGAIN } from "../../../chat/failure.ts";
import { Error } from "../../../errors.ts";

/**
 * A chat whose failures are outcomes: an answer that was cut, say. Where the server cannot be reached, or
 * rejects the very first call, that says nothing of any team, and rows of it would be kept for good: so the
 * run ends there, and the next one goes on from what is recorded.
 *
 * @param answered whether an earlier run had answers
 * @throws Error from a call that failed so
 */
export function requireAnswers(chat: Chat, answered: boolean): Chat {
  let any = answered;
  return async (request, call) => {
    try {
      const reply = await chat(request, call);
      any = true;
      return reply;
    } catch (error) {
      if (!(error instanceof ChatFailure)) throw error;
      if (TRIED_AGAIN[error.kind] || (error.kind === "rejected" && !any)) {
        throw new Error(`${error.message}; run again, and it goes on from its recording`, { cause: error });
      }
      throw error;
    }
  };
}
