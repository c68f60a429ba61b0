import assert from "node:assert/strict";
import {
  addPart,
  type Completion,
  emptyCompletion,
  judge,
  textOf,
  usageOf,
} from "../../lib/chat/completion.ts";
import { NO_USAGE } from "../../lib/chat/reply.ts";

const request = {
  model: "any",
  messages: [{ role: "user", content: "abcdef" }],
  temperature: 0,
  seed: 0,
  maxTokens: 9,
} as const;

/** What chunks come to. */
function completionOf(...parts: unknown[]): Completion {
  const completion = emptyCompletion("asked");
  for (const part of parts) addPart(completion, part);
  return completion;
}

Deno.test("chunks of a stream come to what one body says", () => {
  const usage = { prompt_tokens: 2, completion_tokens: 3 };
  const delta = (delta: object, finish_reason: string | null = null) => ({
    choices: [{ delta, finish_reason }],
  });
  const streamed = completionOf(
    delta({ reasoning: "so " }),
    delta({ reasoning: "so" }),
    delta({ content: "It " }),
    delta({ content: "is." }),
    delta({}, "stop"),
    { choices: [], usage, model: "served" },
  );
  const message = { reasoning: "so so", content: "It is." };
  assert.deepEqual(
    streamed,
    completionOf({ choices: [{ message, finish_reason: "stop" }], usage, model: "served" }),
  );
  assert.deepEqual(streamed.model, "served");
  for (const part of [null, "text", { error: "no" }]) {
    assert.throws(() => completionOf(part), {
      kind: "malformed",
      message: /^Cannot read the server's answer: /,
    });
  }
});

Deno.test("tokens are the server's where it counts, and estimated where it does not", () => {
  const counted = { ...emptyCompletion("m"), usage: { prompt_tokens: 2, completion_tokens: 3 } };
  assert.deepEqual(usageOf(counted, request), { promptTokens: 2, completionTokens: 3, estimated: false });
  const half = {
    ...emptyCompletion("m"),
    content: "abcd",
    usage: { prompt_tokens: 2, completion_tokens: -1 },
  };
  assert.deepEqual(usageOf(half, request), { promptTokens: 2, completionTokens: 2, estimated: true });
  // Six bytes are two tokens, and a message's frame four.
  const reasoned = { reasoning_tokens: 8 };
  const apart = completionOf({
    choices: [],
    usage: { prompt_tokens: 2, completion_tokens: 3, completion_tokens_details: reasoned },
  });
  assert.equal(usageOf(apart, request).completionTokens, 11);
  assert.equal(usageOf(emptyCompletion("m"), request).promptTokens, 6);
});

Deno.test("what came whole is judged: cut, filtered, a tool, refused, empty, or an answer", () => {
  const answer: Completion = { content: "It is.", toolCall: false, finishReason: "stop", model: "m" };
  judge(answer, NO_USAGE);
  const cases: readonly [Partial<Completion>, string, string][] = [
    [{ finishReason: "length" }, "length", "It is."],
    [{ finishReason: "content_filter" }, "filtered", "It is."],
    [{ toolCall: true, content: null }, "tool-call", ""],
    [{ refusal: "I will not" }, "refused", "I will not"],
    [{ content: " \n" }, "empty", " \n"],
    [{ content: null }, "empty", ""],
  ];
  for (const [change, kind, partial] of cases) {
    assert.throws(() => judge({ ...answer, ...change }, NO_USAGE), { name: "ChatFailure", kind, partial });
  }
  assert.match(textOf({ ...answer, reasoning: "So" }), /So[\s\S]*It is\./);
});
