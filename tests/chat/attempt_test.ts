import assert from "node:assert/strict";
import { attempt } from "../../lib/chat/attempt.ts";
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
