import assert from "node:assert/strict";
import { type AnswerRecord, readRecords, recordKey, spentTokens } from "../../lib/evaluation/record.ts";
import { inFolder } from "../in_folder.ts";

const place = {
  model: "m",
  method: "dense",
  identity: "i",
  dataset: "aime",
  item: "1",
  run: 0,
  promptHash: "p",
  decoding: { temperature: 0, topP: 1, maxTokens: 9, seed: 1 },
} as const;
const answer = { text: "4" } as AnswerRecord["answer"];
const record = (more: Partial<AnswerRecord>): AnswerRecord => ({
  ...place,
  key: recordKey(place),
  ms: 1,
  ...more,
});

Deno.test("a key follows from each part of a record's place, and from nothing else", () => {
  const others = [
    ...["model", "method", "identity", "item", "promptHash"].map((name) => ({ ...place, [name]: "other" })),
    { ...place, run: 1 },
    { ...place, dataset: "gsm8k" as const },
    { ...place, decoding: { ...place.decoding, seed: 2 } },
  ];
  assert.equal(new Set([place, ...others].map(recordKey)).size, others.length + 1);
  const { run, ...rest } = place;
  assert.equal(recordKey({ run, ...rest, ms: 9, answer } as typeof place), recordKey(place));
});

Deno.test("of one key the answer counts, not a failure before or behind it; changed lines are refused", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const write = (...lines: AnswerRecord[]) =>
      Deno.writeTextFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const failure = { kind: "timeout", message: "too late" };
    assert.deepEqual(await readRecords(path), []);
    await write(record({ failure }), record({ answer }), record({ failure, ms: 2 }));
    assert.deepEqual(await readRecords(path), [record({ answer })]);
    await write(record({ failure }), record({ failure, ms: 2 }));
    assert.deepEqual((await readRecords(path)).map(({ ms }) => ms), [2]);
    await write(record({ answer }), record({ answer, ms: 3 }));
    assert.deepEqual((await readRecords(path)).map(({ ms }) => ms), [3]);
    await write(record({ answer, item: "2" }));
    await assert.rejects(readRecords(path), /expected the key of item 2, run 0, found another/);
  }));

Deno.test("what a log took are all its lines: answers, tries that came to nothing, and failures", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const usage = { promptTokens: 1, completionTokens: 10, estimated: false };
    const lines = [
      record({ failure: { kind: "cut", message: "broke", usage } }),
      record({ failure: { kind: "network", message: "no line" } }),
      record({
        answer: { ...answer!, promptTokens: 100, thinkTokens: 1000, answerTokens: 10_000, lost: usage },
      }),
      record({ failure: { kind: "aborted", message: "enough", usage } }),
    ];
    assert.equal(await spentTokens(path), 0);
    await Deno.writeTextFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    assert.equal(await spentTokens(path), 11_100 + 3 * 11);
  }));
