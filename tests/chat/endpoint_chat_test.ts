import assert from "node:assert/strict";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import { ChatFailure, type ChatFailureKind } from "../../lib/chat/failure.ts";
import type { ChatRequest } from "../../lib/chat/request.ts";
import { seededRandom } from "../../lib/random.ts";
import { fakeClock } from "./fake_clock.ts";
import * as acts from "./loopback_server.ts";
import { type Act, answerTo, loopbackServer } from "./loopback_server.ts";

const ask = (content: string, rest: Partial<ChatRequest> = {}): ChatRequest => ({
  model: "any",
  messages: [{ role: "user", content }],
  temperature: 0,
  seed: 3,
  maxTokens: 100,
  ...rest,
});

const answer = (content: string, seed = 3) =>
  answerTo({ ...ask(content), messages: [{ role: "user", content }], seed });

/** A promise's failure, or an error that there is none. */
async function failureOf(promise: Promise<unknown>): Promise<ChatFailure> {
  const error = await promise.then(() => undefined, (error) => error);
  assert.ok(error instanceof ChatFailure, `expected a ChatFailure, found ${error}`);
  return error;
}

for (const stream of [true, false]) {
  Deno.test(`an answer comes whole ${stream ? "from a stream cut anywhere, also in a character" : "in one body"}`, async () => {
    await using server = loopbackServer(() => acts.goodInShreds);
    const chat = endpointChat({ baseURL: server.baseURL, stream });
    const reply = await chat(ask("why?", { topP: 0.9, stop: ["\n\n"] }), { sample: 2 });
    assert.equal(reply.content, answer("why?", 5)); // the sample's number is added to the seed
    const { promptTokens, completionTokens, estimated } = reply.usage;
    assert.deepEqual([promptTokens, completionTokens, estimated], [11, 7, false]);
    assert.deepEqual([reply.model, reply.endpoint, reply.tries], ["served", server.baseURL, 1]);
    const { messages: _, ...sent } = server.seen[0]!.body;
    assert.deepEqual(sent, {
      model: "any",
      temperature: 0,
      seed: 5,
      max_tokens: 100,
      top_p: 0.9,
      stop: ["\n\n"],
      ...stream ? { stream: true, stream_options: { include_usage: true } } : {},
    });
  });
}

Deno.test("a server that knows no streams, and one with another name for the bound, are understood", async () => {
  await using server = loopbackServer(() => acts.whole());
  const chat = endpointChat({ baseURL: server.baseURL, maxTokensName: "max_completion_tokens" });
  assert.equal((await chat(ask("why?"))).content, answer("why?"));
  const { max_tokens, max_completion_tokens } = server.seen[0]!.body;
  assert.deepEqual([max_tokens, max_completion_tokens], [undefined, 100]);
});

Deno.test("thoughts that come apart are kept, under each name that servers have for them", async () => {
  for (const name of ["reasoning_content", "reasoning", "thinking"]) {
    const message = { role: "assistant", content: "It is 4.", [name]: "Two and two." };
    await using server = loopbackServer(() => acts.whole({ message }));
    const reply = await endpointChat({ baseURL: server.baseURL, stream: false })(ask("2 + 2?"));
    assert.deepEqual([reply.reasoning, reply.content], ["Two and two.", "It is 4."], name);
    await using streaming = loopbackServer(() => (exchange) => acts.thinkingStream(exchange, name));
    const streamed = await endpointChat({ baseURL: streaming.baseURL })(ask("2 + 2?"));
    assert.deepEqual([streamed.reasoning, streamed.content], ["Two and two.", "It is 4."], name);
  }
  // Cut in its thoughts: all that came is there, and reads as thoughts that never ended.
  await using cut = loopbackServer(() =>
    acts.whole({ message: { content: "", reasoning_content: "Two and" }, finish_reason: "length" })
  );
  const failure = await failureOf(endpointChat({ baseURL: cut.baseURL, stream: false })(ask("2 + 2?")));
  assert.deepEqual([failure.kind, failure.partial], ["length", "<think>\nTwo and"]);
});

Deno.test("usage that the server leaves out is estimated, and marked so", async () => {
  await using server = loopbackServer(({ body }) =>
    body.stream ? acts.withoutUsage : acts.whole({}, { usage: null })
  );
  for (const stream of [true, false]) {
    const { usage } = await endpointChat({ baseURL: server.baseURL, stream })(ask("why?"));
    // 4 bytes of prompt and a frame of 4 tokens; three bytes to a token, rounded up
    const bytes = new TextEncoder().encode(answer("why?")).length;
    assert.deepEqual(usage, { promptTokens: 4 + 2, completionTokens: Math.ceil(bytes / 3), estimated: true });
  }
});

Deno.test("cached and reasoning tokens are told where the server tells them", async () => {
  const usage = {
    ...acts.USAGE,
    prompt_tokens_details: { cached_tokens: 5 },
    completion_tokens_details: { reasoning_tokens: 2 },
  };
  await using server = loopbackServer(() => acts.whole({}, { usage }));
  const reply = await endpointChat({ baseURL: server.baseURL })(ask("why?"));
  assert.deepEqual([reply.usage.cachedTokens, reply.usage.reasoningTokens], [5, 2]);
});

/** What may pass: each is met once, and the call is answered all the same. */
const PASSING: Record<string, Act> = {
  "status 408": acts.status(408),
  "status 409": acts.status(409),
  "status 429": acts.status(429),
  "status 500": acts.status(500),
  "status 503": acts.status(503),
  "a stream that ends early": acts.cut("close"),
  "a stream that breaks": acts.cut("break"),
  "a stream that goes silent": acts.stalls,
  "an answer to another request": acts.mismatched,
  "a page in place of an answer": acts.page,
  "an error that calls itself a success": acts.errorAsSuccess,
};

for (const [name, act] of Object.entries(PASSING)) {
  Deno.test(`tried again after ${name}`, async () => {
    await using server = loopbackServer((_, times) => times === 0 ? act : acts.good);
    const chat = endpointChat({ baseURL: server.baseURL, silentMs: 400 }, { clock: fakeClock() });
    const reply = await chat(ask("why?"));
    assert.deepEqual([reply.content, reply.tries, server.seen.length], [answer("why?"), 2, 2]);
    const [first, second] = server.seen.map(({ headers }) => headers);
    assert.equal(first!.get("idempotency-key"), second!.get("idempotency-key"));
    assert.notEqual(first!.get("x-client-request-id"), second!.get("x-client-request-id"));
    // What was paid for in vain is not forgotten: an answer for somebody else, the beginning of a stream.
    assert.equal(reply.lost.promptTokens > 0, /stream|another request/.test(name));
  });
}

const message = (content: unknown, rest: object = {}) => ({
  message: { role: "assistant", content, ...rest },
});

/** What does not pass: one try, a typed failure, and never an empty answer. */
const LASTING: [name: string, kind: ChatFailureKind, act: Act][] = [
  ["null content", "empty", acts.whole(message(null))],
  ["blank content", "empty", acts.whole(message(" \n"))],
  ["a refusal", "refused", acts.whole(message(null, { refusal: "I will not" }))],
  ["a tool call", "tool-call", acts.whole(message(null, { tool_calls: [{ id: "t" }] }))],
  [
    "an answer cut at its most tokens",
    "length",
    acts.whole({ ...message("half an ans"), finish_reason: "length" }),
  ],
  ["a content filter", "filtered", acts.whole({ ...message(""), finish_reason: "content_filter" })],
  ...[400, 401, 403, 404, 422].map((code) =>
    [`status ${code}`, "rejected", acts.status(code)] as [string, "rejected", Act]
  ),
];

for (const [name, kind, act] of LASTING) {
  Deno.test(`${name} is a failure of kind "${kind}", not tried again`, async () => {
    await using server = loopbackServer(() => act);
    const failure = await failureOf(endpointChat({ baseURL: server.baseURL, stream: false })(ask("why?")));
    assert.deepEqual([failure.kind, failure.tries, server.seen.length], [kind, 1, 1]);
    assert.equal(failure.usage.completionTokens, kind === "rejected" ? 0 : 7); // what came was paid for
    assert.equal(
      failure.partial,
      { length: "half an ans", refused: "I will not" }[kind as string] ?? failure.partial,
    );
    assert.match(failure.message, /^Cannot .*[;:]/);
  });
}

Deno.test("a key that the server repeats in its complaint is in no error", async () => {
  const complaint = () => Response.json({ error: { message: "bad key: sk-secret" } }, { status: 401 });
  await using server = loopbackServer(() => complaint);
  const failure = await failureOf(
    endpointChat({ baseURL: server.baseURL, apiKey: "sk-secret" })(ask("why?")),
  );
  assert.equal(server.seen[0]!.headers.get("authorization"), "Bearer sk-secret");
  assert.doesNotMatch(Deno.inspect(failure, { depth: 9 }), /sk-secret/);
});

Deno.test("a server that is not there is a failure that names it", async () => {
  const { address, ...chat } = await (async () => {
    await using server = loopbackServer(() => acts.good);
    return { address: server.baseURL };
  })();
  assert.deepEqual(chat, {});
  const clock = fakeClock();
  const failure = await failureOf(endpointChat({ baseURL: address }, { tries: 3, clock })(ask("why?")));
  assert.deepEqual([failure.kind, failure.tries, clock.slept.length], ["network", 3, 2]);
  assert.ok(failure.message.includes(address), failure.message);
});

Deno.test("waits grow twofold with a random half, and Retry-After is honoured by all callers", async () => {
  await using server = loopbackServer((_, times) => times < 4 ? acts.status(500) : acts.good);
  const clock = fakeClock();
  await endpointChat({ baseURL: server.baseURL }, { firstWaitMs: 100, clock })(ask("why?"));
  assert.equal(clock.slept.length, 4);
  clock.slept.forEach((ms, i) => assert.ok(ms >= 50 * 2 ** i && ms <= 100 * 2 ** i, `wait ${i}: ${ms}`));

  await using busy = loopbackServer((_, times) =>
    times === 0 ? acts.status(429, { "retry-after": "7" }) : acts.good
  );
  const later = fakeClock();
  const chat = endpointChat({ baseURL: busy.baseURL }, { clock: later });
  await chat(ask("why?"));
  assert.ok(later.now() >= 7000, `only ${later.now()} ms passed`);

  await using hard = loopbackServer(() => acts.status(429, { "retry-after": "3600" }));
  const failure = await failureOf(
    endpointChat({ baseURL: hard.baseURL }, { clock: fakeClock() })(ask("why?")),
  );
  assert.deepEqual([failure.kind, failure.tries, failure.retryAfterMs], ["busy", 1, 3_600_000]);
});

/** A good answer that uses up the server's requests. */
const usesUp = (reset: string): Act => async (exchange) => {
  const response = await acts.whole()(exchange);
  response.headers.set("x-ratelimit-remaining-requests", "0");
  response.headers.set("x-ratelimit-reset-requests", reset);
  return response;
};

Deno.test("an answer that uses up the server's limit for a day is given, and nobody sleeps for a day", async () => {
  await using server = loopbackServer(() => usesUp("24h"));
  const clock = fakeClock();
  const endpoint = { baseURL: server.baseURL, stream: false, limits: { concurrency: 1 } };
  const chat = endpointChat(endpoint, { clock });
  // One is on its way when the others already wait for their turn, and one comes later.
  const calls = [0, 1, 2].map((i) => chat(ask(`question ${i}`)));
  assert.equal((await calls[0]!).content, answer("question 0"));
  for (const call of [...calls.slice(1), chat(ask("question 3"))]) {
    const failure = await failureOf(call);
    assert.deepEqual([failure.kind, failure.tries, failure.retryAfterMs], ["busy", 1, 24 * 3_600_000]);
    assert.match(failure.message, /; http:\S+ asks to wait 86400 s, more than longestWaitMs allows$/);
  }
  assert.deepEqual([server.seen.length, clock.slept], [1, []]);
  // What may be waited is.
  await using minute = loopbackServer(() => usesUp("59s"));
  const waiting = endpointChat({ ...endpoint, baseURL: minute.baseURL }, { clock });
  await Promise.all([waiting(ask("why?")), waiting(ask("how?"))]);
  assert.deepEqual([minute.seen.length, clock.slept], [2, [59_000]]);
});

Deno.test("a server that asks for too long a wait is left alone where another has the model", async () => {
  await using busy = loopbackServer(() => acts.status(429, { "retry-after": "3600" }));
  await using fine = loopbackServer(() => acts.good);
  const clock = fakeClock();
  const chat = endpointChat([{ baseURL: busy.baseURL }, { baseURL: fine.baseURL }], { clock });
  const replies = [await chat(ask("why?")), await chat(ask("how?"))];
  assert.deepEqual(replies.map(({ endpoint, tries }) => [endpoint, tries]), [
    [fine.baseURL, 2],
    [fine.baseURL, 1],
  ]);
  assert.equal(busy.seen.length, 1);
});

Deno.test("of several servers each gets as much as it may do at a time", async () => {
  const gate = Promise.withResolvers<void>();
  const slow: Act = async (exchange) => {
    await gate.promise;
    return acts.whole()(exchange);
  };
  await using small = loopbackServer(() => slow);
  await using large = loopbackServer(() => slow);
  const chat = endpointChat([
    { baseURL: small.baseURL, stream: false, limits: { concurrency: 1 } },
    { baseURL: large.baseURL, stream: false, limits: { concurrency: 8 } },
  ]);
  const calls = Array.from({ length: 9 }, (_, i) => chat(ask(`question ${i}`)));
  for (let i = 0; i < 200 && small.seen.length + large.seen.length < 9; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual([small.seen.length, large.seen.length], [1, 8]);
  gate.resolve();
  await Promise.all(calls);
});

Deno.test("all callers share an endpoint's limits", async () => {
  await using server = loopbackServer(() => async (exchange) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return acts.whole()(exchange);
  });
  const limits = { concurrency: 3 };
  const chat = endpointChat({ baseURL: server.baseURL, limits, stream: false });
  const replies = await Promise.all(Array.from({ length: 12 }, (_, i) => chat(ask(`question ${i}`))));
  assert.deepEqual(replies.map(({ content }) => content), replies.map((_, i) => answer(`question ${i}`)));
  assert.equal(server.peak, 3);
  const tooLong = endpointChat({ baseURL: server.baseURL, limits: { tokensPerMinute: 50 } });
  await assert.rejects(
    tooLong(ask("why?")),
    /RangeError: Cannot ask with up to 106 tokens.*50 tokens a minute/,
  );
});

Deno.test("a call ends at its deadline, while it waits for its turn, for the server or for another try", async () => {
  await using server = loopbackServer(() => acts.stalls);
  const chat = endpointChat({ baseURL: server.baseURL, limits: { concurrency: 1 } });
  const failures = await Promise.all(
    [1, 2].map(() => failureOf(chat(ask("why?"), { signal: AbortSignal.timeout(50) }))),
  );
  assert.deepEqual(failures.map(({ kind }) => kind), ["deadline", "deadline"]);
  await using broken = loopbackServer(() => acts.status(500));
  const failure = await failureOf(
    endpointChat({ baseURL: broken.baseURL })(ask("why?"), { signal: AbortSignal.timeout(50) }),
  );
  assert.equal(failure.kind, "deadline");
  const ended = await failureOf(chat(ask("why?"), { signal: AbortSignal.abort(new Error("enough")) }));
  assert.deepEqual([ended.kind, server.seen.length], ["aborted", 1]);
});

Deno.test("several servers: each model where it is, and on to the next when one fails", async () => {
  await using bad = loopbackServer(() => acts.status(503, { "retry-after": "30" }));
  await using fine = loopbackServer(() => acts.good);
  await using other = loopbackServer(() => acts.good);
  const clock = fakeClock();
  const chat = endpointChat([
    { baseURL: bad.baseURL, models: ["small"] },
    { baseURL: fine.baseURL, models: ["small"] },
    { baseURL: other.baseURL, models: ["large"] },
  ], { clock });
  const reply = await chat(ask("why?", { model: "small" }));
  assert.deepEqual([reply.endpoint, reply.tries], [fine.baseURL, 2]);
  assert.ok(clock.now() < 30_000, "the pause of one server held up the other");
  // While the first one pauses, nobody asks it.
  await Promise.all(Array.from({ length: 5 }, (_, i) => chat(ask(`${i}`, { model: "small" }))));
  assert.equal(bad.seen.length, 1);
  assert.equal((await chat(ask("why?", { model: "large" }))).endpoint, other.baseURL);
  await assert.rejects(chat(ask("why?", { model: "huge" })), /RangeError: .*"huge".*small, small, large/);
});

Deno.test("a storm of everything that passes: each call gets its own answer, paid for once", async () => {
  const random = seededRandom(17, "storm");
  const storm = Object.values(PASSING);
  await using server = loopbackServer((_, times) =>
    times < random.integer(4) ? storm[random.integer(storm.length)]! : acts.good
  );
  const chat = endpointChat({ baseURL: server.baseURL, silentMs: 400 }, { tries: 20, clock: fakeClock() });
  const questions = Array.from({ length: 30 }, (_, i) => `question ${i}`);
  const replies = await Promise.all(questions.map((question) => chat(ask(question))));
  assert.deepEqual(replies.map(({ content }) => content), questions.map((question) => answer(question)));
  // The reply bears the cost of one answer, and each call has one name in all its tries.
  assert.ok(replies.every(({ usage }) => usage.promptTokens === 11 && usage.completionTokens === 7));
  assert.ok(replies.some(({ tries }) => tries > 2));
  const keys = new Set(server.seen.map(({ headers }) => headers.get("idempotency-key")));
  assert.equal(keys.size, questions.length);
  assert.equal(server.seen.length, replies.reduce((sum, { tries }) => sum + tries, 0));
});

Deno.test("a call's time begins with its first try: waits between tries are in it, waits for others are not", async () => {
  await using server = loopbackServer((_, times) => times === 0 ? acts.status(500) : acts.good);
  const clock = fakeClock();
  const chat = endpointChat({ baseURL: server.baseURL, limits: { requestsPerMinute: 2 } }, { clock });
  const tried = await chat(ask("why?"));
  const waited = clock.now();
  assert.ok(tried.latencyMs === waited && waited > 0);
  // The minute's two requests are gone: the next call waits, and then takes no time at all on this clock.
  await using good = loopbackServer(() => acts.good);
  const later = fakeClock();
  const slow = endpointChat({ baseURL: good.baseURL, limits: { requestsPerMinute: 1 } }, { clock: later });
  const replies = [await slow(ask("why?")), await slow(ask("how?"))];
  assert.ok(later.now() >= 60_000);
  assert.deepEqual(replies.map(({ latencyMs }) => latencyMs), [0, 0]);
});

Deno.test("a failure has its time as an answer has, also one that a deadline ended", async () => {
  await using broken = loopbackServer(() => acts.status(500));
  const clock = fakeClock();
  const failure = await failureOf(
    endpointChat({ baseURL: broken.baseURL }, { tries: 3, clock })(ask("why?")),
  );
  assert.deepEqual([failure.tries, failure.latencyMs], [3, clock.now()]);
  assert.ok(clock.now() > 0);
  await using silent = loopbackServer(() => acts.stalls);
  const chat = endpointChat({ baseURL: silent.baseURL });
  const ended = await failureOf(chat(ask("why?"), { signal: AbortSignal.timeout(50) }));
  assert.equal(ended.kind, "deadline");
  assert.ok(ended.latencyMs! > 10 && ended.latencyMs! < 30_000);
});

Deno.test("requests that cannot be sent are refused before anything is sent", async () => {
  await using server = loopbackServer(() => acts.good);
  const chat = endpointChat({ baseURL: server.baseURL });
  const wrong: Partial<ChatRequest>[] = [
    { model: "" },
    { messages: [] },
    { temperature: NaN },
    { seed: -1 },
    { maxTokens: 0 },
    { topP: 2 },
  ];
  for (const part of wrong) {
    await assert.rejects(chat(ask("why?", part)), /RangeError: Cannot ask a chat: expected/);
  }
  assert.equal(server.seen.length, 0);
  for (const options of [{ tries: NaN }, { tries: 0 }, { firstWaitMs: -1 }, { longestWaitMs: NaN }]) {
    assert.throws(
      () => endpointChat({ baseURL: server.baseURL }, options),
      /^RangeError: Cannot open a chat with (tries|firstWaitMs|longestWaitMs) \S+: expected a/,
    );
  }
  assert.throws(() => endpointChat([]), /at least one endpoint/);
  assert.throws(() => endpointChat({ baseURL: "localhost" }), /expected a base URL such as/);
});
