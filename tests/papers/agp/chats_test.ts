/** Language models in the experiment: recorded, on this machine, and on servers that want to be paid. */
import assert from "node:assert/strict";
import { fullTeam } from "../../../lib/agents/fixed_topologies.ts";
import { costOf } from "../../../lib/agents/asking/cost.ts";
import { hasLlamaServer } from "../../../lib/chat/llama_server.ts";
import { readRecording } from "../../../lib/chat/recording.ts";
import { NO_USAGE, totalTokens } from "../../../lib/chat/reply.ts";
import { run } from "../../../lib/experiment/mod.ts";
import { askInAllWays } from "../../../lib/papers/agp/chats/ask.ts";
import { BENCHES, questionsOf } from "../../../lib/papers/agp/chats/benches.ts";
import {
  type ChatPreset,
  costOfChats,
  planChats,
  RECORDED_AMOUNT,
} from "../../../lib/papers/agp/chats/plan.ts";
import { openChat, RECORDED, recordingPath } from "../../../lib/papers/agp/chats/source.ts";
import type { ChatSpec } from "../../../lib/papers/agp/chats/spec.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { PRESETS } from "../../../lib/papers/agp/presets.ts";
import { silent } from "../../../lib/progress.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import * as acts from "../../chat/loopback_server.ts";
import { loopbackServer } from "../../chat/loopback_server.ts";
import { dataFile } from "../../data.ts";

/** Runs with a cache of its own and what the environment says of a server, and without what it said before. */
async function withEnvironment(
  variables: Record<string, string>,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const names = [
    "XDG_CACHE_HOME",
    "ESPALIER_CHAT_URL",
    "ESPALIER_CHAT_MODEL",
    "ESPALIER_CHAT_TOKENS",
    "ESPALIER_CHAT_KEY",
    "ESPALIER_DATA",
    "ESPALIER_PYTHON",
  ];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of names) if (name !== "ESPALIER_DATA") Deno.env.delete(name);
    for (const [name, value] of Object.entries({ XDG_CACHE_HOME: folder, ...variables })) {
      Deno.env.set(name, value);
    }
    await work(folder);
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
}

const context = { runtime: () => openRuntime(), progress: silent };

/** A folder of data with questions of our own in the form of GSM8K's file, and a server that knows the answers. */
async function dataAndServer(folder: string) {
  const lines = Array.from({ length: 60 }, (_, i) => ({
    question: `How many are ${i} and ${7 * i} things?`,
    answer: `#### ${8 * i}`,
  }));
  await Deno.mkdir(`${folder}/data/reasoning`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/data/reasoning/gsm8k_test.jsonl`,
    lines.map((line) => JSON.stringify(line)).join("\n"),
  );
  const server = loopbackServer(() => (exchange) => {
    const [, a, b] = exchange.body.messages[1]!.content.match(/are (\d+) and (\d+)/)!;
    const knows = /Inspector|You decide/.test(exchange.body.messages[0]!.content);
    return acts.whole()({ ...exchange, answer: `The answer is ${Number(a) + Number(b) + (knows ? 0 : 1)}` });
  });
  return { server, data: `${folder}/data` };
}

Deno.test("the stored recording answers in all ways without any server, and is replayed bit for bit", async () => {
  await withEnvironment({}, async () => {
    const spec: ChatSpec = { ...RECORDED_AMOUNT, source: RECORDED, seed: 0 };
    const { rows, transcripts } = await askInAllWays(spec, context);
    assert.deepEqual(rows.map(({ way }) => way), [
      "one agent",
      "one agent, step by step",
      "all, no links",
      "all, chain",
      "all, star",
      "all, layered",
      "all, random",
      "all, complete",
      "all, debate",
      "one agent, 4 times",
    ]);
    const path = new URL("../../../lib/papers/agp/chats/recording.jsonl", import.meta.url).pathname;
    const calls = await readRecording(path);
    for (const row of rows) {
      assert.deepEqual([row.latency, row.callSeconds, row.measured], [undefined, undefined, undefined]);
      assert.ok(row.replayed && !row.estimated && row.questions === 3, row.way);
      assert.match(row.source, /a recording of SmolLM2-135M-Instruct answers/);
      // Tokens are those of the calls in the file whose prompts the transcripts have.
      const own = transcripts.filter(({ way }) => way === row.way).flatMap(({ transcript }) => transcript);
      assert.ok(own.every(({ failure }) => failure?.kind !== "not-recorded"), row.way);
      if (row.way.endsWith("times")) continue; // several samples of one prompt
      const tokens = own.map(({ messages }) => {
        const call = calls.find(({ request, sample }) =>
          sample === 0 && request.temperature === 0 &&
          JSON.stringify(request.messages) === JSON.stringify(messages)
        );
        return totalTokens(call!.reply?.usage ?? call!.failure!.usage);
      });
      const sum = tokens.reduce((all, one) => all + one, 0);
      assert.ok(Math.abs(3 * (row.promptTokens + row.completionTokens) - sum) < 1e-6, row.way);
    }
    const of = (way: string) => rows.find((row) => row.way === way)!;
    assert.deepEqual([of("one agent").calls, of("all, complete").calls, of("all, debate").calls], [1, 5, 9]);
    const tokens = (way: string) => of(way).promptTokens + of(way).completionTokens;
    assert.ok(tokens("one agent, 4 times") < 1.25 * tokens("all, complete")); // as many as are fair
    assert.ok(of("all, chain").promptTokens < of("all, complete").promptTokens);
  });
});

Deno.test("the stored recording has no times, and nothing of the machine that it was made on", async () => {
  const text = await Deno.readTextFile(
    new URL("../../../lib/papers/agp/chats/recording.jsonl", import.meta.url),
  );
  const calls = text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  assert.ok(calls.length > 80);
  for (const { at, reply, failure, espalier_crc32: _, ...rest } of calls) {
    assert.equal(at, undefined);
    assert.deepEqual(Object.keys(rest), ["hash", "sample", "place", "request"]);
    const { usage, lost = NO_USAGE, ...told } = reply ?? failure;
    for (const one of [usage, lost]) {
      assert.deepEqual(Object.keys(one).sort(), ["completionTokens", "estimated", "promptTokens"]);
    }
    const names = reply ? ["content", "finishReason", "tries", "model", "endpoint"] : ["kind", "message"];
    assert.deepEqual(Object.keys(told), reply ? names : [...names, "partial", "tries"]);
    if (reply) assert.deepEqual([reply.tries, reply.model, reply.endpoint], [1, MODEL, "llama.cpp"]);
  }
});

const MODEL = "SmolLM2-135M-Instruct";

const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";

Deno.test({
  name: "quick asks stories260K on llama.cpp's server where both are here: real tokens and times, replayed",
  ignore: dataFile("lm/stories260K-f32.gguf") === undefined || !await hasLlamaServer({ python }),
}, async () => {
  await withEnvironment({ ESPALIER_PYTHON: python }, async () => {
    const { spec, words } = await planChats(PRESETS.quick.chats, { seed: 0 });
    assert.equal(words, "stories260K answers, on llama.cpp's server");
    const { rows, transcripts } = await askInAllWays(spec!, context);
    assert.equal(rows.length, 10);
    for (const { way, replayed, estimated, latency, callSeconds, measured } of rows) {
      assert.ok(replayed && !estimated && latency! > 0, way);
      // Nothing takes longer than all its calls one after another, and one call as long as itself.
      assert.ok(way === "one agent" ? latency === callSeconds : latency! < callSeconds! + 1e-9, way);
      assert.match(
        measured!,
        /^20\d\d-\d\d-\d\d, xllamacpp \d\S+, \d+ threads?, one call at a time, on .* cores$/,
      );
    }
    // Four agents and the decision.
    const tokens = (way: string) => rows.find((row) => row.way === way)!.promptTokens;
    for (const way of ["all, no links", "all, chain", "all, complete"]) {
      assert.ok(tokens(way) > 4 * tokens("one agent"), way);
    }
    assert.ok(transcripts.some(({ transcript }) => transcript.some(({ content }) => content !== undefined)));
    Deno.env.set("ESPALIER_PYTHON", "no-such-python");
    assert.deepEqual(
      await askInAllWays(spec!, context).catch(String),
      "Error: Cannot ask stories260K: expected its file and the Python package xllamacpp; install it, or name a Python that has it in ESPALIER_PYTHON",
    );
    assert.equal((await planChats(PRESETS.quick.chats, { seed: 0 })).spec!.source.from, "recording");
  });
});

Deno.test("laptop asks a server on this machine that is named, as a unit, and no other", async () => {
  await withEnvironment({}, async (folder) => {
    const { server, data } = await dataAndServer(folder);
    await using _ = server;
    Deno.env.set("ESPALIER_DATA", data);
    const preset: ChatPreset = { ...PRESETS.laptop.chats, questions: 2 };
    Deno.env.set("ESPALIER_CHAT_MODEL", "tiny");
    Deno.env.set("ESPALIER_CHAT_URL", server.baseURL);
    Deno.env.set("ESPALIER_DATA", `${folder}/none`);
    const own = await planChats(preset, { seed: 0 });
    assert.match(
      own.words,
      /, three questions of our own\. Cannot find GSM8K: looked for gsm8k_test\.jsonl in/,
    );
    assert.deepEqual([own.spec!.benchmarks, own.spec!.questions], [["made"], 3]);
    Deno.env.set("ESPALIER_DATA", data);
    Deno.env.delete("ESPALIER_CHAT_URL");
    const nobody = await planChats(preset, { seed: 0 });
    assert.equal(nobody.spec!.source.from, "recording");
    Deno.env.set("ESPALIER_CHAT_URL", "https://api.example.com/v1");
    assert.equal((await planChats(preset, { seed: 0 })).spec!.source.from, "recording");
    Deno.env.set("ESPALIER_CHAT_URL", server.baseURL);
    const { spec, words } = await planChats(preset, { seed: 0 });
    assert.match(words, /tiny answers, at http:\/\/127\.0\.0\.1/);
    const units = unitsOf(PRESETS.laptop, { seed: 0, chats: spec });
    assert.ok(units.all.includes(units.chats[0]!));
    const results = await run({ units: units.chats, store: `${folder}/store` });
    assert.deepEqual(results.failures, []);
    const rows = results.rowsOf(units.chats[0]!);
    assert.equal(rows.length, 10);
    assert.ok(rows.every(({ replayed, questions }) => replayed && questions === 2));
    assert.deepEqual(rows.filter(({ right }) => right === 2).map(({ way }) => way).slice(0, 2), [
      "all, no links",
      "all, chain",
    ]);
    const asked = server.seen.length;
    const transcripts = JSON.parse(new TextDecoder().decode(await results.product(units.chats[0]!)));
    assert.equal(transcripts.length, 20);
    // Computed anew, it comes from the recording.
    assert.deepEqual((await askInAllWays(spec!, context)).rows, rows);
    assert.equal(server.seen.length, asked);
  });
});

Deno.test("paper: nothing is asked without a yes to the estimate, what is agreed to bounds what is bought, and it resumes", async () => {
  await withEnvironment({}, async (folder) => {
    const { server, data } = await dataAndServer(folder);
    await using _ = server;
    Deno.env.set("ESPALIER_DATA", data);
    const preset: ChatPreset = {
      ...PRESETS.paper.chats,
      benchmarks: ["gsm8k"],
      questions: 4,
      train: 3,
      candidates: 6,
      repeats: 2,
      maxTokens: 100,
    };
    assert.match(
      (await planChats(preset, { seed: 0 })).words,
      /No language model was asked: set ESPALIER_CHAT_URL/,
    );
    // An address that is not this machine's by name.
    Deno.env.set("ESPALIER_CHAT_URL", server.baseURL.replace("127.0.0.1", "0.0.0.0"));
    Deno.env.set("ESPALIER_CHAT_MODEL", "large");
    const before = await planChats(preset, { seed: 0 });
    assert.equal(before.spec, undefined);
    assert.match(before.words, /Up to [\d,]+ calls and [\d.]+ million tokens; about .* nobody has said yes/);
    const source = {
      from: "endpoint",
      model: "large",
      baseURL: Deno.env.get("ESPALIER_CHAT_URL")!,
    } as const;
    await assert.rejects(openChat(source), /nobody has said yes to what it costs/);
    Deno.env.set("ESPALIER_CHAT_TOKENS", "plenty");
    await assert.rejects(
      planChats(preset, { seed: 0 }),
      /expected a number of tokens above 0, found "plenty"/,
    );
    assert.equal(server.seen.length, 0);

    // A yes to less than it takes: the limit holds, and nothing is lost.
    Deno.env.set("ESPALIER_CHAT_TOKENS", "2_000");
    const { spec, words } = await planChats(preset, { seed: 0 });
    assert.match(words, /no more than 2,000 tokens are bought/);
    await assert.rejects(
      askInAllWays(spec!, context),
      /of the 2000 that may be spent \d+ are left; .*ESPALIER_CHAT_TOKENS/,
    );
    const bought = server.seen.length;
    assert.ok(bought > 0 && 18 * bought <= 2000);
    await assert.rejects(askInAllWays(spec!, context), /ESPALIER_CHAT_TOKENS/);

    Deno.env.set("ESPALIER_CHAT_TOKENS", "1000000");
    const first = await askInAllWays(spec!, context);
    const cost = await costOfChats(spec!);
    assert.ok(
      server.seen.length <= cost.calls && 18 * server.seen.length <= cost.most && cost.usual <= cost.most,
    );
    const recorded = await readRecording(recordingPath(source));
    // Nothing was answered or paid twice: as many requests as calls, and each of another name.
    assert.equal(server.seen.length, recorded.length);
    assert.equal(new Set(recorded.map(({ hash }) => hash)).size, recorded.length);
    assert.deepEqual(await askInAllWays(spec!, context), first);
    assert.equal(server.seen.length, recorded.length);

    const of = (way: string) => first.rows.find((row) => row.way === way)!;
    const learned = of("learned by the question");
    assert.deepEqual([learned.right, learned.calls], [4, 1]); // the Inspector, alone
    assert.ok(learned.promptTokens + learned.completionTokens < of("all, complete").promptTokens);
    assert.equal(of("learned, pruned agents run all the same").calls, 5);
    assert.ok(learned.searchTokens! > 0 && learned.embedder!.length > 0);
    assert.ok(of("learned once for all questions").calls <= 5);
  });
});

Deno.test({
  name: "paper's estimate is of all six benchmarks, none of whose training questions are test questions",
  ignore: dataFile("mmlu/val.jsonl.gz") === undefined || dataFile("reasoning/gsm8k_test.jsonl") === undefined,
}, async () => {
  const { answers: _, ...amount } = PRESETS.paper.chats;
  const spec: ChatSpec = {
    ...amount,
    source: { from: "endpoint", model: "m", baseURL: "https://x" },
    seed: 0,
  };
  const cost = await costOfChats(spec);
  let least = 0;
  for (const name of spec.benchmarks) {
    const { train, test } = await questionsOf(name, spec);
    assert.equal(train.length, 24, name);
    assert.ok(test.length >= 60, `${name}: ${test.length}`);
    const texts = new Set(train.map(({ text }) => text));
    assert.ok(test.every(({ text }) => !texts.has(text)), name);
    const { pool, decision } = BENCHES[name];
    const options = { answerTokens: spec.maxTokens, decision };
    least += test.reduce((sum, question) => sum + costOf(fullTeam(pool), question, options).tokens, 0);
  }
  assert.ok(cost.most > 8 * least && cost.most < 60 * least, `${cost.most} of ${least}`);
});
