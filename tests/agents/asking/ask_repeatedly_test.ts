import assert from "node:assert/strict";
import { askRepeatedly } from "../../../lib/agents/asking/ask_repeatedly.ts";
import type { Chat } from "../../../lib/chat/chat.ts";
import { ChatFailure } from "../../../lib/chat/failure.ts";
import { fakeChat } from "./fake_chat.ts";

const agent = { role: "Solver", persona: "You solve." };

Deno.test("self-consistency: samples of their own, the most frequent answer, failures left out, all paid", async () => {
  const says = ["The answer is 7", "It is 8", "so 8.0", "9"];
  const samples: (number | undefined)[] = [];
  const base = fakeChat(() => "");
  const chat: Chat = async (request, call) => {
    samples.push(call?.sample);
    const reply = await base(request, call);
    if (call?.sample === 3) throw new ChatFailure("length", "cut", { usage: reply.usage, latencyMs: 40 });
    return { ...reply, content: says[call!.sample!]!, latencyMs: 10 * call!.sample! };
  };
  const answer = await askRepeatedly(agent, "how many?", 4, { chat, model: "any" });
  assert.equal(answer.answer, "It is 8");
  assert.deepEqual(samples.toSorted(), [0, 1, 2, 3]);
  assert.deepEqual([answer.asked, answer.transcript.length, answer.latencyMs], [["Solver"], 4, 40]);
  assert.equal(new Set(base.asked.map((request) => JSON.stringify(request))).size, 1);
  assert.ok(base.asked.every(({ temperature }) => temperature === 0.7));
  assert.equal(answer.usage.promptTokens, 4 * answer.transcript[0]!.usage.promptTokens);

  const failing: Chat = () => Promise.reject(new ChatFailure("refused", "no"));
  const none = await askRepeatedly(agent, "how many?", 2, { chat: failing, model: "any" });
  assert.deepEqual([none.answer, none.failure?.kind], [undefined, "refused"]);
  await assert.rejects(
    askRepeatedly(agent, "?", 0, { chat, model: "any" }),
    /Cannot ask again and again with times 0: expected a whole number from 1/,
  );
});
