import assert from "node:assert/strict";
import { askRepeatedly } from "../../../lib/agents/asking/ask_repeatedly.ts";
import { costOf } from "../../../lib/agents/asking/cost.ts";
import { budgetedChat } from "../../../lib/chat/budget.ts";
import type { Chat } from "../../../lib/chat/chat.ts";
import { ChatFailure } from "../../../lib/chat/failure.ts";
import { totalTokens } from "../../../lib/chat/reply.ts";
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

Deno.test("a budget is for all times together, and nobody is asked where it may not be enough", async () => {
  const chat = fakeChat(() => "7");
  const one = costOf({ agents: [agent], links: [] }, "how many?", { answerTokens: 40 }).tokens;
  const ask = (budgetTokens: number) =>
    askRepeatedly(agent, "how many?", 10, { chat, model: "any", maxTokens: 40, budgetTokens });
  await assert.rejects(
    ask(10 * one - 1),
    new RegExp(
      `^RangeError: Cannot ask again and again: 10 times may take ${10 * one} tokens, of a budget of`,
    ),
  );
  await assert.rejects(ask(NaN), /^RangeError: Cannot ask again and again with budgetTokens NaN: expected/);
  assert.equal(chat.asked.length, 0);
  await ask(10 * one);
  assert.equal(chat.asked.length, 10);
  const decided = { chat, model: "any", decision: "last" };
  await assert.rejects(askRepeatedly(agent, "?", 2, decided), /^TypeError: .* with option "decision"/);
});

Deno.test("where a budget ends meanwhile, nothing goes on, and all that was spent is told", async () => {
  let [running, paid] = [0, 0];
  const base = fakeChat(() => "7");
  const slow: Chat = async (request, call) => {
    running++;
    await new Promise((resolve) => setTimeout(resolve, 2));
    const reply = await base(request, call);
    running--;
    paid += totalTokens(reply.usage);
    return reply;
  };
  const most = costOf({ agents: [agent], links: [] }, "how many?", { answerTokens: 40 }).tokens;
  const chat = budgetedChat(slow, most + 2 * (most - 39)); // an answer has one token: three are paid for
  const failure = await askRepeatedly(agent, "how many?", 6, { chat, model: "any", maxTokens: 40 })
    .then(() => assert.fail("the budget was enough"), (error) => error);
  assert.deepEqual([failure.kind, running, totalTokens(failure.usage)], ["budget", 0, paid]);
  assert.equal(paid, 3 * (most - 39));
});
