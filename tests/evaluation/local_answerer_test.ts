import assert from "node:assert/strict";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import { hasLlamaServer, llamaServer } from "../../lib/chat/llama_server.ts";
import { chatAnswerer } from "../../lib/evaluation/chat_answerer.ts";
import { localAnswerer } from "../../lib/evaluation/local_answerer.ts";
import type { LanguageModel } from "../../lib/lm/language_model.ts";
import { serveLanguageModel } from "../../lib/lm/serve.ts";
import { openStories, STORIES } from "../lm/stories.ts";
import { asked } from "./scripted.ts";

Deno.test({
  name: "a model answers alike on this machine and behind a server, raw and in a chat",
  ignore: !STORIES,
  async fn() {
    await using model = await openStories({
      template: "{{ bos_token }}Tim said: {{ messages[0].content }}",
    });
    await using server = serveLanguageModel(model, { model: "stories" });
    const chat = endpointChat(server.endpoint);
    for (const raw of [true, false]) {
      for (const change of [{}, { seed: 8 }, { stop: ["."] }]) {
        const own = await localAnswerer(model, { raw }).answer({ ...asked, ...change });
        const theirs = await chatAnswerer(chat, { model: "stories", raw }).answer({ ...asked, ...change });
        assert.equal(theirs.text, own.text);
        assert.deepEqual(
          [
            theirs.finishReason,
            theirs.promptTokens,
            theirs.thinkTokens,
            theirs.answerTokens,
            theirs.estimated,
          ],
          [own.finishReason, own.promptTokens, 0, own.answerTokens, false],
        );
        assert.equal(own.finishReason, "stop" in change ? "stop" : "length");
      }
    }
    assert.notEqual(localAnswerer(model).identity, localAnswerer(model, { raw: true }).identity);
    await assert.rejects(
      localAnswerer(model).answer({ ...asked, signal: AbortSignal.abort(new Error("enough")) }),
      /enough/,
    );
  },
});

const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";

Deno.test({
  name: "llama.cpp's own server gives the likeliest tokens that the model here gives, to a raw prompt",
  ignore: !STORIES || !await hasLlamaServer({ python }),
  async fn() {
    await using model = await openStories();
    await using server = (await llamaServer(STORIES!, { python }))!;
    const likeliest = { ...asked, temperature: 0, topP: 1 };
    const own = await localAnswerer(model, { raw: true }).answer(likeliest);
    const chat = endpointChat(server.endpoint);
    const theirs = await chatAnswerer(chat, { model: "stories260K", raw: true }).answer(likeliest);
    assert.deepEqual({ ...theirs, answeredBy: "" }, { ...own, answeredBy: "" });
  },
});

/** A model that says these tokens one after the other, whatever it is asked. */
function scripted(
  tokens: readonly string[],
  said: readonly number[],
  control: readonly number[],
): LanguageModel {
  const bytesOf = (id: number) => new TextEncoder().encode(control.includes(id) ? "" : tokens[id]);
  return {
    name: "scripted",
    context: 100,
    template: undefined,
    digest: () => "scripted",
    vocabulary: {
      name: "scripted",
      size: tokens.length,
      begin: undefined,
      addBegin: false,
      end: new Set([0]),
      encode: () => [1],
      bytesOf,
      spelling: (id: number) => tokens[id]!,
    },
    steps: () => {
      let at = 0;
      return Promise.resolve({
        length: 1,
        [Symbol.dispose]() {},
        feed: () =>
          Promise.resolve(Float32Array.from(tokens, (_, id) => id === said[at] ? 9 : 0)).finally(() => at++),
      });
    },
  } as unknown as LanguageModel;
}

Deno.test("thoughts and answer are counted token by token, also where tags are control tokens", async () => {
  const tags = [["<think>", "</think>"], ["<thought>", "</thought>"], ["◁think▷", "◁/think▷"]] as const;
  for (const [opening, closing] of tags) {
    for (const control of [[0], [0, 1, 2]]) {
      const model = scripted(["<end>", opening, closing, "Äh ", "four"], [1, 3, 3, 2, 4, 0], control);
      const { text, thinkTokens, answerTokens, finishReason } = await localAnswerer(model).answer({
        ...asked,
        temperature: 0,
      });
      assert.equal(text, `${opening}Äh Äh ${closing}four`);
      assert.deepEqual([thinkTokens, answerTokens, finishReason], [4, 1, "stop"], text);
      // Behind a server, too, whole and in pieces.
      for (const stream of [false, true]) {
        await using server = serveLanguageModel(model, { model: "scripted" });
        const chat = endpointChat({ ...server.endpoint, stream });
        const served = chatAnswerer(chat, { model: "scripted", raw: true });
        assert.equal((await served.answer({ ...asked, temperature: 0 })).text, text, `${stream}`);
      }
    }
  }
  const tokens = ["<end>", "<think>", "</think>", "Äh ", "four"];
  const open = await localAnswerer(scripted(tokens, [1, 3, 0], [0])).answer({ ...asked, temperature: 0 });
  assert.deepEqual([open.thinkTokens, open.answerTokens], [0, 2]);
});

Deno.test("the identity of a model follows from all that decides its answers, and from nothing else", () => {
  const tokens = ["<end>", "a", "b", "ab"];
  const model = scripted(tokens, [], [0]);
  const changed = (change: object, words: object = {}) =>
    localAnswerer({ ...model, vocabulary: { ...model.vocabulary, ...words }, ...change }).identity;
  const template = (text: string, source?: string) =>
    Object.assign(() => text, source === undefined ? {} : { source });
  const others = [
    changed({}),
    changed({ digest: () => "other weights" }),
    changed({ template: template("User: a prompt") }),
    changed({ template: template("Q: a prompt") }),
    changed({ template: template("Q: a prompt", "Q: {{ messages[0].content }}") }),
    changed({}, { spelling: (id: number) => tokens.toReversed()[id]! }),
    changed({}, { encode: () => [2] }),
    changed({}, { bytesOf: () => new Uint8Array() }),
    changed({}, { end: new Set([0, 1]) }),
    changed({}, { begin: 0 }),
    changed({}, { addBegin: true }),
    localAnswerer(model, { loop: false }).identity,
    localAnswerer(model, { loop: { tokens: 20 } }).identity,
  ];
  assert.equal(new Set(others).size, others.length);
  assert.equal(localAnswerer(model, { loop: { tokens: 60, repeats: 4 } }).identity, changed({}));
  // A template that tells the day is the same one tomorrow.
  assert.equal(
    changed({ template: template("1 May", "{{ day }}") }),
    changed({ template: template("2 May", "{{ day }}") }),
  );
  assert.equal(
    localAnswerer({ ...model, template: template("Q: a prompt") }, { raw: true }).identity,
    changed({}),
  );
});
