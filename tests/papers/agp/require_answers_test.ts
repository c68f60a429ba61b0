import assert from "node:assert/strict";
import type { Chat } from "../../../lib/chat/chat.ts";
import { ChatFailure, type ChatFailureKind, TRIED_AGAIN } from "../../../lib/chat/failure.ts";
import { requireAnswers } from "../../../lib/papers/agp/chats/require_answers.ts";
import { fakeChat } from "../../agents/asking/fake_chat.ts";
import { ask } from "../../chat/ask.ts";

Deno.test("what says nothing of a team ends the run, what a model came to does not", async () => {
  const answering = fakeChat(() => "yes");
  for (const kind of Object.keys(TRIED_AGAIN) as ChatFailureKind[]) {
    const chat: Chat = (request, call) =>
      request.seed === 1 ? answering(request, call) : Promise.reject(new ChatFailure(kind, "It went wrong"));
    const outcome = async (one: Chat) => {
      const error = await one(ask("why?")).catch((error) => error);
      return error instanceof ChatFailure ? error.kind : `${error}`;
    };
    const ended = "Error: It went wrong; run again, and it goes on from its recording";
    const first = requireAnswers(chat, false);
    assert.equal(await outcome(first), TRIED_AGAIN[kind] || kind === "rejected" ? ended : kind);
    // A request that one server rejects after others were answered is that request's fault.
    await first(ask("why?", { seed: 1 }));
    for (const later of [first, requireAnswers(chat, true)]) {
      assert.equal(await outcome(later), TRIED_AGAIN[kind] ? ended : kind);
    }
  }
});
