import assert from "node:assert/strict";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import { NO_USAGE } from "../../lib/chat/reply.ts";
import { chatAnswerer } from "../../lib/evaluation/chat_answerer.ts";
import { cut, loopbackServer, whole } from "../chat/loopback_server.ts";
import { asked } from "./scripted.ts";

Deno.test("a served answer that was cut or held back is an answer, and its thoughts are counted", async () => {
  const usage = { prompt_tokens: 3, completion_tokens: 10 };
  const answer = async (change: object, rest: object = { usage }) => {
    await using server = loopbackServer(() => whole(change, rest));
    const chat = endpointChat({ baseURL: server.baseURL, stream: false }, { tries: 1 });
    return await chatAnswerer(chat, { model: "served" }).answer(asked);
  };
  const thought = { message: { content: "4", reasoning_content: "2 and 2" } };
  const counted = { usage: { ...usage, completion_tokens_details: { reasoning_tokens: 8 } } };
  const exact = await answer(thought, counted);
  assert.deepEqual([exact.text, exact.thinkTokens, exact.answerTokens, exact.estimated], [
    "<think>\n2 and 2\n</think>\n\n4",
    8,
    2,
    false,
  ]);
  // A server that counts the answer alone as the completion, and a chat of one's own that hands that on.
  const apart = {
    usage: { ...usage, completion_tokens: 3, completion_tokens_details: { reasoning_tokens: 8 } },
  };
  const beside = await answer(thought, apart);
  const own = await chatAnswerer(() =>
    Promise.resolve({
      reasoning: "2 and 2",
      content: "4",
      finishReason: "stop",
      usage: { promptTokens: 3, completionTokens: 3, reasoningTokens: 8, estimated: false },
      lost: NO_USAGE,
      tries: 1,
      model: "served",
      endpoint: "none",
    }), { model: "served" }).answer(asked);
  for (const { thinkTokens, answerTokens } of [beside, own]) {
    assert.deepEqual([thinkTokens, answerTokens], [8, 3]);
  }
  const guessed = await answer(thought);
  assert.deepEqual([guessed.thinkTokens + guessed.answerTokens, guessed.estimated], [10, true]);
  const cut = await answer({ message: { content: "", reasoning_content: "2 and" }, finish_reason: "length" });
  assert.deepEqual([cut.text, cut.finishReason, cut.thinkTokens, cut.answerTokens], [
    "<think>\n2 and",
    "length",
    0,
    10,
  ]);
  assert.equal((await answer({ finish_reason: "content_filter" })).finishReason, "filtered");
  await using server = loopbackServer(() => () => new Response("", { status: 401 }));
  const chat = endpointChat({ baseURL: server.baseURL }, { tries: 1 });
  await assert.rejects(chatAnswerer(chat, { model: "served" }).answer(asked), /401/);
});

Deno.test("tries that came to nothing are told beside an answer, and counted in none of its tokens", async () => {
  const usage = { prompt_tokens: 3, completion_tokens: 10 };
  for (const last of [whole({}, { usage }), whole({ finish_reason: "length" }, { usage })]) {
    await using server = loopbackServer((_, times) => times === 0 ? cut("close") : last);
    const chat = endpointChat({ baseURL: server.baseURL }, { tries: 2, firstWaitMs: 1 });
    const { promptTokens, thinkTokens, answerTokens, lost } = await chatAnswerer(chat, { model: "served" })
      .answer(asked);
    assert.deepEqual([promptTokens, thinkTokens + answerTokens], [3, 10]);
    assert.ok(lost!.promptTokens > 0 && lost!.completionTokens > 0, JSON.stringify(lost));
  }
});
