import assert from "node:assert/strict";
import { checkRequest, requestHash } from "../../lib/chat/request.ts";
import { ask } from "./ask.ts";

Deno.test("a request's hash is that of its canonical JSON and its sample, whatever the order of fields", () => {
  const { model, messages, temperature, seed, maxTokens } = ask("why?");
  const turned = { maxTokens, seed, temperature, messages, model, stop: undefined };
  assert.equal(requestHash(turned), requestHash(ask("why?")));
  // sha256 of {"request":{"maxTokens":100,"messages":[{"content":"why?","role":"user"}],"model":"any","seed":0,
  // "temperature":0},"sample":0}, by sha256sum
  assert.equal(requestHash(turned), "bf096f35199677a6c46038dd8841786b9fd042fabcd5f8cff1cc051c1fc4629b");
  const others = [requestHash(turned, 1), requestHash(ask("why")), requestHash(ask("why?", { seed: 1 }))];
  assert.equal(new Set([requestHash(turned), ...others]).size, 4);
});

Deno.test("a request that cannot be sent is told by everything that is wrong with it", () => {
  checkRequest(ask("why?", { topP: 1 }));
  assert.throws(() => checkRequest(ask("", { model: "", messages: [], temperature: -1, topP: 0 })), {
    name: "RangeError",
    message:
      "Cannot ask a chat: expected a model's name; at least one message; a temperature of 0 or more, not -1; " +
      "topP above 0 and up to 1, not 0",
  });
  assert.throws(() => checkRequest(ask("why?", { seed: 0.5, maxTokens: 0 })), {
    message:
      "Cannot ask a chat: expected a whole seed of 0 or more, not 0.5; 1 or more tokens at most, not 0",
  });
});
