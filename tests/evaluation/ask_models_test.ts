import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { ChatFailure, endedBy } from "../../lib/chat/failure.ts";
import { appendJsonLine, readJsonLines } from "../../lib/files/json_lines.ts";
import type { Answerer } from "../../lib/evaluation/answerer.ts";
import { askModels, type EvaluatedModel } from "../../lib/evaluation/ask_models.ts";
import { gradeRecords } from "../../lib/evaluation/grade_records.ts";
import { readRecords, spentTokens } from "../../lib/evaluation/record.ts";
import { summarizeGrades } from "../../lib/evaluation/summarize_grades.ts";
import { inFolder } from "../in_folder.ts";
import { adder, answerOf, placeIn, sums } from "./made.ts";

const dense = (answerer: EvaluatedModel["answerer"], method = "dense"): EvaluatedModel => ({
  model: "adder",
  method,
  answerer,
});

Deno.test("a run that is killed loses the answer at hand, and pays for no other twice", () =>
  inFolder(async (folder) => {
    const run = async (killAt = 0) =>
      await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", ...LOCKED, "--no-check", "--quiet", "--allow-all"],
          ...[fileURLToPath(new URL("./killed_run.ts", import.meta.url)), folder, `${killAt}`],
        ],
      }).output();
    for (const killAt of [3, 1, 7]) assert.equal((await run(killAt)).signal, "SIGKILL");
    assert.equal((await readRecords(`${folder}/answers.jsonl`)).length, 2 + 0 + 6);
    // A machine that fails while a line is written leaves part of it.
    await Deno.writeTextFile(`${folder}/answers.jsonl`, '\n{"key":"00', { append: true });
    const { code, stderr } = await run();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const records = await readRecords(`${folder}/answers.jsonl`);
    assert.deepEqual([records.length, records.every(({ answer }) => answer)], [16, true]);
    const paid = (await Deno.readTextFile(`${folder}/paid`)).trim().split("\n");
    assert.deepEqual([paid.length, new Set(paid).size], [16 + 3, 16]);
    // Whole or in parts, the same questions with the same seeds.
    const whole = await askModels([dense(adder)], sums(8), { log: `${folder}/whole.jsonl`, runs: 2 });
    const plain = (found: typeof records) =>
      found.map(({ ms: _ms, ...record }) => record).sort((a, b) => a.key < b.key ? -1 : 1);
    assert.deepEqual(plain(records), plain(whole.records));
    const { records: again, left } = await askModels(
      [dense({ identity: "adder", answer: () => Promise.reject(new Error("asked again")) })],
      sums(8),
      { log: `${folder}/answers.jsonl`, runs: 2 },
    );
    assert.deepEqual([again.length, left], [16, 0]);
  }));

Deno.test("an item that fails is noted, the run goes on, and the next one asks for it alone", () =>
  inFolder(async (folder) => {
    const log = `${folder}/answers.jsonl`;
    const asked: number[] = [];
    const shaky: Answerer = {
      identity: "adder",
      answer(request) {
        const place = placeIn(request.prompt);
        asked.push(place);
        if (asked.length > 6 || ![1, 4].includes(place)) return adder.answer(request);
        return Promise.reject(place === 1 ? new ChatFailure("network", "no line") : new TypeError("odd"));
      },
    };
    const questions = sums(6);
    const first = await askModels([dense(shaky)], [...questions, questions[0]!], { log, concurrency: 3 });
    assert.deepEqual(first.records.map(({ failure }) => failure?.kind), [
      ...[undefined, "network", undefined, undefined, "TypeError", undefined],
    ]);
    assert.equal(summarizeGrades(await gradeRecords(first.records, questions))[0]!.failed, 2);
    const { records } = await askModels([dense(shaky)], questions, { log });
    assert.deepEqual(asked.slice(6), [1, 4]);
    assert.ok(records.every(({ answer, failure }) => answer && !failure));
    assert.deepEqual((await readRecords(log)).length, 6);
  }));

Deno.test("what failed or was ended is kept with what it cost", () =>
  inFolder(async (folder) => {
    const log = `${folder}/answers.jsonl`;
    const usage = { promptTokens: 5, completionTokens: 2, estimated: true };
    const stop = new AbortController();
    const costly: Answerer = {
      identity: "adder",
      answer(request) {
        if (placeIn(request.prompt) === 0) return Promise.reject(new ChatFailure("cut", "broke", { usage }));
        stop.abort(new Error("enough"));
        return Promise.reject(endedBy(stop.signal, { usage }));
      },
    };
    await assert.rejects(askModels([dense(costly)], sums(3), { log, signal: stop.signal }), /^Error: enough/);
    const records = await readRecords(log);
    assert.deepEqual(records.map(({ failure }) => [failure!.kind, failure!.usage]), [
      ["cut", usage],
      ["aborted", usage],
    ]);
    assert.equal(await spentTokens(log), 2 * 7);
    assert.equal((await askModels([dense(adder)], sums(3), { log })).records.length, 3);
    assert.ok(await spentTokens(log) > 2 * 7);
  }));

Deno.test("another prompt, method, model, seed or bound is another answer; order and others are not", () =>
  inFolder(async (folder) => {
    const log = `${folder}/answers.jsonl`;
    const ask = (one: EvaluatedModel, decoding = {}, questions = sums(3)) =>
      askModels([one], questions, { log, decoding });
    const keys = new Set<string>();
    const add = async (found: ReturnType<typeof ask>) =>
      (await found).records.forEach(({ key }) => keys.add(key));
    await add(ask(dense(adder)));
    await add(ask(dense(adder), {}, sums(3).reverse()));
    assert.equal(keys.size, 3);
    await add(ask({ ...dense(adder), prompt: ({ text }) => `${text} Quickly.` }));
    await add(ask(dense(adder, "3 bits")));
    await add(ask(dense({ ...adder, identity: "other weights" })));
    await add(ask(dense(adder), { seed: 1 }));
    await add(ask(dense(adder), { maxTokens: 9 }));
    assert.equal(keys.size, 18);
    const { records } = await askModels([dense(adder)], sums(3), { log, runs: 2 });
    assert.equal(new Set(records.map(({ decoding }) => decoding.seed)).size, 6);
  }));

Deno.test("nothing is asked where the answers could not be kept, or another run asks for them", () =>
  inFolder(async (folder) => {
    let asked = 0;
    const counted: Answerer = {
      identity: "adder",
      answer: (request) => (asked++, adder.answer(request)),
    };
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const log of [`${folder}/missing/log`, `${folder}/file/log`, folder]) {
      await assert.rejects(
        askModels([dense(counted)], sums(2), { log }),
        /^Error: Cannot ask models: .* cannot be added to, .*; name a file in a folder that is there/,
      );
    }
    assert.equal(asked, 0);
    const log = `${folder}/answers.jsonl`;
    let second: Promise<unknown> | undefined;
    const slow: Answerer = {
      identity: "adder",
      async answer(request) {
        second ??= askModels([dense(counted)], sums(2), { log });
        await assert.rejects(
          second,
          /^Error: Cannot ask models with the log .*: process \d+ on .* is at it; wait/,
        );
        return adder.answer(request);
      },
    };
    await askModels([dense(slow)], sums(2), { log });
    assert.deepEqual([asked, (await readRecords(log)).length], [0, 2]);
    await askModels([dense(counted)], sums(2), { log });
    assert.equal(asked, 0);
  }));

Deno.test("decoding with which every question would fail is refused before any is asked", () =>
  inFolder(async (folder) => {
    const never: Answerer = { identity: "never", answer: () => Promise.reject(new Error("asked")) };
    for (
      const [decoding, sentence] of [
        [{ temperature: -1 }, /a temperature from 0, not -1/],
        [{ temperature: NaN }, /a temperature from 0, not NaN/],
        [{ topP: 0 }, /topP above 0 and up to 1, not 0/],
        [{ maxTokens: 0 }, /with maxTokens 0: expected a whole number from 1/],
        [{ maxTokens: 1.5 }, /with maxTokens 1\.5: expected/],
        [{ seed: NaN }, /with seed NaN: expected a whole number/],
        [{ stop: "." as unknown as string[] }, /with stop "\.": expected a list of texts/],
        [{ stop: [""] }, /none of them empty/],
      ] as const
    ) {
      const asking = askModels([dense(never)], sums(1), { log: `${folder}/log`, decoding });
      await assert.rejects(
        asking,
        (error: Error) => error instanceof RangeError && sentence.test(error.message),
      );
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a budget that ends leaves the rest; a signal ends the run with its reason, and the log is whole", () =>
  inFolder(async (folder) => {
    const log = `${folder}/answers.jsonl`;
    const poor: Answerer = {
      identity: "adder",
      answer: (request) =>
        placeIn(request.prompt) < 2
          ? adder.answer(request)
          : Promise.reject(new ChatFailure("budget", "nothing left")),
    };
    const { records, left } = await askModels([dense(poor)], sums(5), { log });
    assert.deepEqual([records.length, left], [2, 3]);
    const control = new AbortController();
    const stopped: Answerer = {
      identity: "adder",
      answer(request) {
        if (placeIn(request.prompt) === 3) control.abort(new Error("enough"));
        request.signal!.throwIfAborted();
        return adder.answer(request);
      },
    };
    await assert.rejects(askModels([dense(stopped)], sums(5), { log, signal: control.signal }), /enough/);
    assert.deepEqual((await readRecords(log)).map(({ answer }) => answer !== undefined), [true, true, true]);
    await assert.rejects(askModels([], [], { log, runs: 0 }), /with runs 0: expected a whole number from 1/);
  }));

Deno.test("a model is opened when its turn comes, and closed after it, also where it fails", () =>
  inFolder(async (folder) => {
    const told: string[] = [];
    const lazy = (name: string, answer: Answerer["answer"]) =>
      dense(() => {
        told.push(`open ${name}`);
        return Promise.resolve({
          identity: name,
          answer,
          [Symbol.asyncDispose]: () => (told.push(`close ${name}`), Promise.resolve()),
        });
      }, name);
    const bad = () => Promise.reject(new Error("no"));
    await askModels([lazy("a", bad), lazy("b", adder.answer)], sums(1), { log: `${folder}/log` });
    assert.deepEqual(told, ["open a", "close a", "open b", "close b"]);
  }));

Deno.test("two models of one name and method are refused: their answers would be summed up as one's", () =>
  inFolder(async (folder) => {
    const [one, other] = [dense(adder), dense(adder)];
    await assert.rejects(
      askModels([one, other], sums(1), { log: `${folder}/answers.jsonl` }),
      /^RangeError: Cannot ask ".*, dense" twice: give each a model and a method of its own$/,
    );
  }));

Deno.test("answers that were changed by hand are refused, and a grader's change needs no model", () =>
  inFolder(async (folder) => {
    const log = `${folder}/answers.jsonl`;
    const wrong: Answerer = {
      identity: "wrong",
      answer: () => Promise.resolve(answerOf("The answer is 11")),
    };
    await askModels([dense(wrong)], sums(3), { log });
    const graded = await gradeRecords(await readRecords(log), sums(3));
    assert.deepEqual(graded.map(({ grades }) => grades!.count_last_answer.correct), [false, true, false]);
    await assert.rejects(gradeRecords(await readRecords(log), sums(2)), /its question among the 2 given/);
    const text = await Deno.readTextFile(log);
    // A line whose checksum is not its own is passed over; one that was written anew is read.
    await Deno.writeTextFile(log, text.replace('"run":0', '"run":5'));
    assert.equal((await readRecords(log)).length, 2);
    const [first] = await readJsonLines<{ run: number }>(log);
    await appendJsonLine(log, { ...first, run: 5 });
    await assert.rejects(readRecords(log), /expected the key of item multiarith\/made\/1, run 5/);
  }));
