import assert from "node:assert/strict";
import { attempt } from "../../lib/chat/attempt.ts";
import type { ChatFailureKind } from "../../lib/chat/failure.ts";
import * as acts from "./loopback_server.ts";
import { answerTo, loopbackServer } from "./loopback_server.ts";

const request = {
  model: "any",
  messages: [{ role: "user", content: "why?" }],
  temperature: 0.5,
  seed: 3,
  maxTokens: 100,
} as const;

Deno.test("a try is one request, with its own name and the call's, and its answer whole", async () => {
  await using server = loopbackServer(() => acts.good);
  const { completion, usage } = await attempt({ baseURL: server.baseURL }, {
    request,
    sample: 2,
    key: "k",
    id: "i",
  });
  assert.equal(completion.content, answerTo({ ...request, messages: [...request.messages], seed: 5 }));
  assert.deepEqual(usage, { promptTokens: 11, completionTokens: 7, estimated: false });
  assert.equal(server.seen.length, 1);
  const { headers } = server.seen[0]!;
  assert.deepEqual([headers.get("idempotency-key"), headers.get("x-client-request-id")], ["k", "i"]);
});

Deno.test("an answer that bears another request's name is nobody's, and a silent server is given up", async () => {
  await using server = loopbackServer(() => acts.mismatched);
  const one = { request, sample: 0, key: "k", id: "i" };
  await assert.rejects(attempt({ baseURL: server.baseURL }, one), {
    kind: "mismatched",
    message: /^Cannot use the answer: expected one to request i, found one to somebody-else;/,
  });
  await using silent = loopbackServer(() => acts.stalls);
  await assert.rejects(attempt({ baseURL: silent.baseURL, silentMs: 20 }, one), {
    kind: "stalled",
    message: `Cannot wait longer for ${silent.baseURL}: nothing came for 20 ms; raise silentMs if it is slow`,
  });
});

Deno.test("an error that a server tells under a status of success is told, with the status that it names", async () => {
  const one = { request, sample: 0, key: "k", id: "i" };
  const out = { message: "out of memory, sk-1" };
  const cases: [act: acts.Act, kind: ChatFailureKind, status: number | undefined][] = [
    [acts.errorInside(out), "server", undefined],
    [acts.errorInside(out, 6), "cut", undefined],
    [acts.errorInside({ ...out, code: "server_error" }), "server", undefined],
    [acts.errorInside({ ...out, code: 429 }), "busy", 429],
    [acts.errorInside({ ...out, code: 503 }, 6), "server", 503],
    [acts.errorInside({ ...out, code: 400 }), "rejected", 400],
    [() => Response.json({ error: { ...out, code: 401 } }), "rejected", 401],
    [() => Response.json({ error: out }), "server", undefined],
  ];
  for (const [act, kind, status] of cases) {
    await using server = loopbackServer(() => act);
    const failure = await attempt({ baseURL: server.baseURL, apiKey: "sk-1" }, one)
      .then(() => assert.fail("an answer"), (error) => error);
    assert.deepEqual([failure.kind, failure.status], [kind, status], failure.message);
    const message = `Cannot ask ${server.baseURL}: it answered out of memory, (the key)`;
    assert.equal(failure.message.slice(0, message.length), message);
    assert.equal(failure.usage.completionTokens > 0, failure.partial !== "");
  }
  await using wordy = loopbackServer(() => acts.errorInside("out of memory"));
  await assert.rejects(attempt({ baseURL: wordy.baseURL }, one), {
    kind: "server",
    message: `Cannot ask ${wordy.baseURL}: it answered "out of memory"`,
  });
});
