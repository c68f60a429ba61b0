import assert from "node:assert/strict";
import { readRecords, recordKey, type RecordPlace } from "../../../lib/evaluation/record.ts";
import { unitsOf } from "../../../lib/papers/compressed_lrm/experiment.ts";
import { PRESETS } from "../../../lib/papers/compressed_lrm/presets.ts";
import {
  answersPath,
  askServed,
  paidTokens,
  planServed,
  servedModels,
} from "../../../lib/papers/compressed_lrm/served.ts";
import { servedTable } from "../../../lib/papers/compressed_lrm/summary.ts";
import { silent } from "../../../lib/progress.ts";

/** Runs with these variables, and puts back those that were. */
async function within(variables: Record<string, string | undefined>, work: () => Promise<void> | void) {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  try {
    for (const [name, value] of Object.entries(variables)) set(name, value);
    await work();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

const ELSEWHERE = {
  ESPALIER_CHAT_URL: "https://elsewhere.example/v1/",
  ESPALIER_CHAT_MODELS: "dense=R1-8B; AWQ 4 bits = R1-8B-AWQ",
  ESPALIER_CHAT_MODEL: undefined,
  ESPALIER_CHAT_TOKENS: undefined,
};

Deno.test("Served models: named with how they were compressed, told what they cost, and not asked without a yes", async () => {
  await within(ELSEWHERE, () => {
    const baseURL = "https://elsewhere.example/v1";
    assert.deepEqual(servedModels(), [
      { baseURL, model: "R1-8B", method: "dense" },
      { baseURL, model: "R1-8B-AWQ", method: "AWQ 4 bits" },
    ]);
    const { specs, words } = planServed(PRESETS.paper.served, 0);
    assert.deepEqual(specs, []);
    // 2 models, 4 benchmarks, 250 questions, 3 runs, 32,768 tokens.
    assert.match(words, /up to 6,000 answers: at most 197 million tokens.*nobody has said yes/);
    assert.deepEqual(planServed(undefined, 0).specs, []);
  });
  await within({ ...ELSEWHERE, ESPALIER_CHAT_TOKENS: "1_000_000" }, () => {
    assert.equal(planServed(PRESETS.paper.served, 0).specs.length, 8);
  });
  await within({ ...ELSEWHERE, ESPALIER_CHAT_MODELS: "R1-8B" }, () => {
    assert.throws(() => servedModels(), /expected how a model was compressed/);
  });
  await within({ ...ELSEWHERE, ESPALIER_CHAT_MODELS: "dense=R1-8B; AWQ=R1-8B-AWQ; dense=R1-70B" }, () => {
    assert.throws(() => servedModels(), {
      name: "SyntaxError",
      message: /expected one dense model, with which .*, found R1-8B, R1-70B; run once for each family/,
    });
  });
  await within({ ...ELSEWHERE, ESPALIER_CHAT_URL: undefined }, () => {
    assert.match(planServed(PRESETS.paper.served, 0).words, /set ESPALIER_CHAT_URL/);
  });
});

Deno.test("Served models: what a server on this machine answered is not counted as bought", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await within({ XDG_CACHE_HOME: folder }, async () => {
      const hosts = [
        "localhost",
        "localhost:8080",
        "127.0.0.1:8080",
        "[::1]",
        "[::1]:8080",
        "elsewhere.example",
      ];
      for (const [i, host] of hosts.entries()) {
        const path = answersPath({
          ...{ baseURL: `http://${host}/v1`, model: "R1-8B", method: "dense", benchmark: "folio" },
        });
        await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
        const place: RecordPlace = {
          ...{ model: "R1-8B", method: "dense", identity: "R1-8B", item: "1", run: 0, promptHash: "" },
          ...{ dataset: "folio", decoding: { temperature: 0, topP: 1, maxTokens: 8, seed: 0 } },
        };
        const counts = { promptTokens: 10 ** i, thinkTokens: 10 ** i, answerTokens: 10 ** i };
        const record = { ...place, key: recordKey(place), answer: { text: "", ...counts }, ms: 1 };
        await Deno.writeTextFile(path, JSON.stringify(record) + "\n");
      }
      assert.equal(await paidTokens(), 3 * 10 ** 5);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Three problems of Temporal Sequences' form, of which the first two have the answer (A). */
const EXAMPLES = [["(A)"], ["(A)"], ["(B)"]].map(([target], i) => ({
  input:
    `Today, Ann went to the pool. Question ${i}.\nOptions:\n(A) 1pm to 2pm\n(B) 2pm to 3pm\n(C) 3pm\n(D) 4pm`,
  target,
}));

Deno.test("Served models: each benchmark, method, address and name has a file of answers of its own", () => {
  const spec = { baseURL: "http://h/v1", model: "a/b", method: "dense", benchmark: "folio" } as const;
  const specs = [
    spec,
    { ...spec, benchmark: "aime" as const },
    { ...spec, method: "3 bits" },
    { ...spec, model: "a-b" },
    { ...spec, baseURL: "http://h/v2" },
  ];
  assert.equal(new Set(specs.map(answersPath)).size, specs.length);
  assert.equal(answersPath({ ...spec }), answersPath(spec));
});

Deno.test("Served models: asked over HTTP, graded by both policies, and not asked again", async () => {
  const folder = await Deno.makeTempDir();
  let asked = 0;
  // The dense model thinks and says A; the other one never ends its thoughts, and says A in them.
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { model } = await request.json();
    asked++;
    const content = model === "whole"
      ? "<think>the pool</think>The answer is (A)."
      : "<think>The answer is (A).";
    return Response.json({
      id: "1",
      model,
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage: { prompt_tokens: 20, completion_tokens: model === "whole" ? 8 : 80, total_tokens: 28 },
    });
  });
  try {
    await Deno.mkdir(`${folder}/data/reasoning`, { recursive: true });
    await Deno.writeTextFile(
      `${folder}/data/reasoning/bbh_temporal_sequences.json`,
      JSON.stringify({ examples: EXAMPLES }),
    );
    await within({
      ESPALIER_CHAT_URL: `http://127.0.0.1:${server.addr.port}/v1`,
      ESPALIER_CHAT_MODELS: "dense=whole; 3 bits=small",
      ESPALIER_CHAT_TOKENS: undefined,
      ESPALIER_DATA: `${folder}/data`,
      XDG_CACHE_HOME: `${folder}/cache`,
    }, async () => {
      const served = { benchmarks: ["temporal_sequences"], items: 3, runs: 2, maxTokens: 100 } as const;
      const { served: units } = unitsOf({ ...PRESETS.quick, served }, { seed: 0 });
      assert.equal(units.length, 2);
      const rows = [];
      for (const { spec } of units) rows.push(...await askServed(spec, silent));
      assert.deepEqual(
        rows.map(({ method, unclosed, right, closed }) => [method, unclosed, right, closed]),
        [
          ["dense", "count_last_answer", [1, 1, 0], 1],
          ["dense", "fail", [1, 1, 0], 1],
          ["3 bits", "count_last_answer", [1, 1, 0], 0],
          ["3 bits", "fail", [0, 0, 0], 0],
        ],
      );
      assert.equal(asked, 12);
      const [, small] = servedTable(rows);
      assert.equal(small!["points from dense"], 0);
      assert.equal(small!["right where thinking ended (%)"], 0);
      assert.equal(small!["tokens for each right answer"], 120);
      // What is in the log is not asked again.
      assert.deepEqual(await askServed(units[0]!.spec, silent), rows.slice(0, 2));
      assert.equal(asked, 12);
      assert.equal((await readRecords(answersPath(units[0]!.spec))).length, 6);
    });
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});
