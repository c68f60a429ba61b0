import { MOST, requireNumbers } from "../bounds.ts";
import type { Chat } from "./chat.ts";
import { ChatFailure } from "./failure.ts";
import { addUsage, type ChatReply, estimatePrompt, totalTokens } from "./reply.ts";
import { checkRequest } from "./request.ts";
import { untilEnded } from "./until_ended.ts";

/** Tokens that several may spend together, each having said before how many it may take at most. */
export interface Budget {
  /**
   * Takes tokens out, once they are there; false where they never will be.
   *
   * @throws ChatFailure of kind `deadline` or `aborted` where the signal ends the wait
   */
  reserve(most: number, signal?: AbortSignal): Promise<boolean>;
  /** Says that what was reserved for is done, and gives back what it did not take. */
  release(unspent: number): void;
  /** Tokens that nobody has taken or spent. */
  readonly left: number;
}

/**
 * A budget of so many tokens. What is no number fits into none: a number of tokens that was lost on the way
 * must not open the budget to everything.
 *
 * @throws RangeError where `tokens` is below 0 or no number; infinity is no bound
 */
export function openBudget(tokens: number): Budget {
  requireNumbers("open a budget", { tokens }, MOST);
  const waiting: (() => void)[] = [];
  let left = tokens;
  let running = 0;
  return {
    async reserve(most, signal) {
      while (!(most <= left) && running > 0) {
        await untilEnded(new Promise<void>((resolve) => waiting.push(resolve)), signal);
      }
      if (!(most <= left)) return false;
      left -= most;
      running++;
      return true;
    },
    release(unspent) {
      left += unspent;
      running--;
      for (const wake of waiting.splice(0)) wake();
    },
    get left() {
      return left;
    },
  };
}

/**
 * A chat that asks another one only as long as tokens are left: a call begins if its prompt, as it is
 * estimated, and the longest answer fit into what is left. What does not fit is a failure (`budget`), which
 * costs nothing. Behind a recording (`recordedChat` with this as `missing`), what is replayed costs nothing
 * either, so that the budget is what is paid.
 *
 * @param tokens of all calls together, tries that came to nothing included
 * @throws RangeError where `tokens` is below 0 or no number; from a call, where the request cannot be sent
 */
export function budgetedChat(chat: Chat, tokens: number): Chat {
  const budget = openBudget(tokens);
  return async (request, call): Promise<ChatReply> => {
    checkRequest(request);
    const most = estimatePrompt(request.messages) + request.maxTokens;
    if (!await budget.reserve(most, call?.signal)) {
      throw new ChatFailure(
        "budget",
        `Cannot ask ${request.model}: the call may take ${most} tokens, and of the ${tokens} that may be spent ` +
          `${budget.left} are left; allow more`,
      );
    }
    let spent = 0;
    try {
      const reply = await chat(request, call);
      spent = totalTokens(addUsage(reply.usage, reply.lost));
      return reply;
    } catch (error) {
      spent = error instanceof ChatFailure ? totalTokens(error.usage) : most;
      throw error;
    } finally {
      budget.release(most - spent);
    }
  };
}
