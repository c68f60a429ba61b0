import assert from "node:assert/strict";
import { budgetedChat, openBudget } from "../../lib/chat/budget.ts";
import type { Chat } from "../../lib/chat/chat.ts";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import type { ChatFailure } from "../../lib/chat/failure.ts";
import { recordedChat } from "../../lib/chat/recorded_chat.ts";
import { readRecording } from "../../lib/chat/recording.ts";
import { estimatePrompt, totalTokens } from "../../lib/chat/reply.ts";
import * as acts from "./loopback_server.ts";
import { loopbackServer } from "./loopback_server.ts";

const ask = (i: number) => ({
  model: "any",
  messages: [{ role: "user" as const, content: `question ${i}` }],
  temperature: 0,
  seed: 0,
  maxTokens: 100,
});
const MOST = estimatePrompt(ask(0).messages) + 100;

const kinds = async (chat: Chat, count: number) =>
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      chat(ask(i)).then(() => "answered", (error) => (error as ChatFailure).kind)),
  );

Deno.test("a budget is never exceeded: what may not fit is not asked, and waits for what others give back", async () => {
  await using server = loopbackServer(() => acts.good); // each answer takes 18 tokens
  const chat = (tokens: number) => budgetedChat(endpointChat({ baseURL: server.baseURL }), tokens);
  assert.deepEqual(await kinds(chat(MOST - 1), 3), ["budget", "budget", "budget"]);
  assert.equal(server.seen.length, 0);
  // Room for one at a time: the others wait, until not even the next one's worst case is left.
  const room = MOST + 2 * 18;
  assert.deepEqual((await kinds(chat(room), 5)).toSorted(), [
    "answered",
    "answered",
    "answered",
    "budget",
    "budget",
  ]);
  assert.deepEqual([server.seen.length, server.peak], [3, 1]);
});

Deno.test("tries that came to nothing are paid from it too", async () => {
  await using server = loopbackServer(() => acts.whole({ finish_reason: "length" }));
  const chat = budgetedChat(endpointChat({ baseURL: server.baseURL, stream: false }), MOST + 17);
  assert.deepEqual(await kinds(chat, 1), ["length"]);
  assert.deepEqual(await kinds(chat, 1), ["budget"]);
});

Deno.test("behind a recording only what is new is paid, and a call that was not paid is not recorded", async () => {
  await using server = loopbackServer(() => acts.good);
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/run.jsonl`;
    const run = async (tokens: number) =>
      await kinds(
        await recordedChat({
          path,
          missing: budgetedChat(endpointChat({ baseURL: server.baseURL }), tokens),
        }),
        4,
      );
    assert.deepEqual((await run(MOST + 18)).toSorted(), ["answered", "answered", "budget", "budget"]);
    assert.equal((await readRecording(path)).length, 2);
    assert.deepEqual(await run(MOST + 18), ["answered", "answered", "answered", "answered"]);
    assert.equal(server.seen.length, 4);
    assert.deepEqual(await run(0), ["answered", "answered", "answered", "answered"]);
    const spent = (await readRecording(path)).reduce((sum, { reply }) => sum + totalTokens(reply!.usage), 0);
    assert.equal(spent, 4 * 18);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is no number of tokens is no budget, and a request that has none asks nobody", async () => {
  for (const tokens of [NaN, -1]) {
    assert.throws(
      () => openBudget(tokens),
      new RegExp(`^RangeError: Cannot open a budget with tokens ${tokens}: expected a number from 0, or Inf`),
    );
    assert.throws(
      () => budgetedChat(() => assert.fail("asked"), tokens),
      /^RangeError: Cannot open a budget/,
    );
  }
  await using server = loopbackServer(() => acts.good);
  const chat = budgetedChat(endpointChat({ baseURL: server.baseURL }), MOST);
  await assert.rejects(chat({ ...ask(0), maxTokens: NaN }), /^RangeError: Cannot ask a chat: .*not NaN/);
  assert.deepEqual(await kinds(chat, 2), ["answered", "budget"]); // and the budget is what it was
  // A chat of one's own that miscounts closes the budget, and does not open it.
  const usage = { promptTokens: NaN, completionTokens: 0, estimated: false };
  const lost = { ...usage, promptTokens: 0 };
  const miscounting: Chat = (request) =>
    Promise.resolve({
      content: "",
      finishReason: "",
      usage,
      lost,
      tries: 1,
      model: request.model,
      endpoint: "",
    });

  const closed = budgetedChat(miscounting, 9 * MOST);
  assert.deepEqual([...await kinds(closed, 1), ...await kinds(closed, 1)], ["answered", "budget"]);
});

Deno.test("who waits for others to give tokens back waits no longer than their own signal", async () => {
  const budget = openBudget(10);
  assert.equal(await budget.reserve(10), true);
  const stop = new AbortController();
  const waiting = budget.reserve(5, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { kind: "aborted" });
  budget.release(10);
  assert.equal(await budget.reserve(10), true); // who gave up took nothing
  await using server = loopbackServer(() => acts.stalls);
  const chat = budgetedChat(endpointChat({ baseURL: server.baseURL }), MOST);
  const first = chat(ask(0), { signal: stop.signal }).catch(() => {});
  const later = new AbortController();
  const [slow, second] = [chat(ask(1), { signal: later.signal }), chat(ask(2), { signal: later.signal })];
  later.abort(new Error("enough"));
  for (const call of [slow, second]) await assert.rejects(call, { kind: "aborted" });
  await first;
});
