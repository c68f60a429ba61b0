import assert from "node:assert/strict";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import { ChatFailure } from "../../lib/chat/failure.ts";
import type { LanguageModel } from "../../lib/lm/language_model.ts";
import { generateText } from "../../lib/lm/generate.ts";
import { serveLanguageModel } from "../../lib/lm/serve.ts";
import { openStories, STORIES } from "./stories.ts";

const ignore = !STORIES;
const request = {
  model: "stories260K-f32",
  messages: [{ role: "user" as const, content: "Once upon a time" }],
  temperature: 0,
  seed: 0,
  maxTokens: 60,
  stop: ["."],
};

Deno.test({
  name: "served: the library's own chat gets the answers that generation gives, streamed and whole, counted",
  ignore,
  async fn() {
    await using model = await openStories();
    const own = await generateText(model, request.messages, { temperature: 0, maxTokens: 60, stop: ["."] });
    const other = { temperature: 4, seed: 3 };
    const drawn = await generateText(model, request.messages, { ...other, maxTokens: 60, stop: ["."] });
    assert.notEqual(drawn.text, own.text);
    await using server = serveLanguageModel(model);
    for (const stream of [true, false]) {
      const chat = endpointChat({ ...server.endpoint, stream });
      const replies = await Promise.all([chat(request), chat({ ...request, ...other })]);
      assert.equal(replies[0].content, own.text);
      assert.deepEqual(
        [
          replies[0].finishReason,
          replies[0].usage.estimated,
          replies[0].usage.promptTokens,
          replies[0].model,
        ],
        ["stop", false, own.promptTokens, request.model],
      );
      assert.equal(replies[0].usage.completionTokens, own.ids.length);
      assert.equal(replies[1].content, drawn.text);
      await assert.rejects(
        chat({ ...request, maxTokens: 3 }),
        (error) => error instanceof ChatFailure && error.kind === "length",
      );
    }
  },
});

Deno.test({
  name: "served: a raw request goes on with the text as it stands, without the frame of chats",
  ignore,
  async fn() {
    await using model = await openStories({ template: "ignored" });
    const own = await generateText(model, "Once upon a time", {
      temperature: 0,
      maxTokens: 60,
      stop: ["."],
    });
    await using server = serveLanguageModel(model);
    for (const stream of [true, false]) {
      const reply = await endpointChat({ ...server.endpoint, stream })({ ...request, raw: true });
      assert.equal(reply.content, own.text);
      assert.equal(reply.usage.promptTokens, own.promptTokens);
    }
  },
});

Deno.test({
  name: "served: completions of plain text, models, and refusals with a sentence",
  ignore,
  async fn() {
    await using model = await openStories({ context: 64 });
    await using server = serveLanguageModel(model, { model: "stories" });
    const { baseURL } = server.endpoint;
    const post = async (path: string, body: unknown) => {
      const response = await fetch(`${baseURL}/${path}`, { method: "POST", body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    };
    const plain = await post("completions", { prompt: "Once upon a time", temperature: 0, max_tokens: 5 });
    assert.deepEqual([plain.status, plain.body.choices[0].finish_reason], [200, "length"]);
    assert.equal(
      plain.body.choices[0].text,
      (await generateText(model, "Once upon a time", { temperature: 0, maxTokens: 5 })).text,
    );
    assert.deepEqual((await (await fetch(`${baseURL}/models`)).json()).data[0].id, "stories");
    const long = await post("completions", { prompt: "a ".repeat(100) });
    assert.equal(long.status, 400);
    assert.match(long.body.error.message, /shorten the prompt/);
    assert.match((await post("completions", { model: "gpt" })).body.error.message, /no model "gpt" here/);
    assert.match((await post("chat/completions", { messages: [] })).body.error.message, /messages with role/);
    assert.equal((await post("embeddings", {})).status, 404);
    const after = await post("completions", { prompt: "Once", max_tokens: 1 }); // the line goes on
    assert.equal(after.status, 200);
  },
});

Deno.test({
  name: "served: a sender who goes away ends the answer, and the next is answered",
  ignore,
  async fn() {
    await using model = await openStories();
    await using server = serveLanguageModel(model);
    const abort = new AbortController();
    const response = await fetch(`${server.endpoint.baseURL}/completions`, {
      method: "POST",
      signal: abort.signal,
      body: JSON.stringify({ prompt: "Once", stream: true, max_tokens: 500 }),
    });
    const reader = response.body!.getReader();
    await reader.read();
    abort.abort();
    await reader.read().catch(() => {});
    const { content } = await endpointChat(server.endpoint)(request);
    assert.ok(content.length > 0);
  },
});

/** A model that answers until it is stopped, and tells of each token the first letter of its prompt. */
function endless(fed: (prompt: string) => void): LanguageModel {
  return {
    name: "endless",
    context: 1e9,
    template: undefined,
    vocabulary: {
      size: 2,
      end: new Set(),
      encode: (text: string) => [text.charCodeAt(0)],
      bytesOf: () => new TextEncoder().encode("a"),
    },
    steps: () => {
      let prompt: string;
      return Promise.resolve({
        length: 1,
        [Symbol.dispose]() {},
        async feed([id]: number[]) {
          prompt ??= String.fromCharCode(id!);
          fed(prompt);
          await new Promise((resolve) => setTimeout(resolve, 0));
          return Float32Array.of(0, 0);
        },
      });
    },
  } as unknown as LanguageModel;
}

for (const stream of [false, true]) {
  Deno.test(`served: who goes away ends the answer, or is not answered at all, ${stream ? "streamed" : "whole"}`, async () => {
    const counts = { A: 0, B: 0, C: 0 };
    const begun = Promise.withResolvers<void>();
    const model = endless((prompt) => {
      counts[prompt as "A"]++;
      begun.resolve();
    });
    await using server = serveLanguageModel(model);
    const leaves = new AbortController();
    const post = async (prompt: string, max_tokens: number, signal: AbortSignal | null = null) =>
      await (await fetch(`${server.endpoint.baseURL}/completions`, {
        method: "POST",
        signal,
        body: JSON.stringify({ prompt, max_tokens, stream }),
      })).text();
    const gone = [post("A", 2000, leaves.signal), post("B", 2000, leaves.signal)].map((reply) =>
      reply.catch(() => "gone")
    );
    await begun.promise;
    await (await fetch(`${server.endpoint.baseURL}/models`)).text(); // the other one waits by now
    leaves.abort();
    assert.deepEqual(await Promise.all(gone), ["gone", "gone"]);
    await post("C", 3);
    assert.equal(counts.C, 3);
    assert.ok(counts.A < 2000, `${counts.A} tokens for the one who left`);
    assert.equal(counts.B, 0, "tokens for the one who left while waiting");
  });
}

Deno.test("served: null is left out, what cannot be done is refused, and what changes nothing is not", async () => {
  await using server = serveLanguageModel(endless(() => {}));
  const post = async (body: unknown) => {
    const response = await fetch(`${server.endpoint.baseURL}/completions`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const { choices, error } = await response.json();
    return choices?.[0].text ?? `${response.status} ${error.message}`;
  };
  const asked = { prompt: "A", max_tokens: 3 };
  const optional = [
    "model",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "max_completion_tokens",
    "seed",
    "stop",
  ];
  for (const field of [...optional, "stream", "stream_options", "n", "logprobs", "tools"]) {
    assert.equal(await post({ ...asked, [field]: null }), "aaa", field);
  }
  const idle = { n: 1, logprobs: false, echo: false, frequency_penalty: 0, tools: [], user: "me" };
  assert.equal(await post({ ...asked, ...idle }), "aaa");
  for (
    const [field, value] of Object.entries({
      n: 2,
      logprobs: 1,
      echo: true,
      frequency_penalty: 0.5,
      tools: [{}],
    })
  ) {
    assert.match(await post({ ...asked, [field]: value }), new RegExp(`^400 Cannot answer with ${field} `));
  }
  for (const body of [null, [], 7]) assert.match(await post(body), /^400 expected an object with fields/);
});
