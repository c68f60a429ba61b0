import assert from "node:assert/strict";
import { fields, number } from "../../lib/files/schema.ts";
import type { LanguageModel } from "../../lib/lm/language_model.ts";
import { eachWindow, windowsOf } from "../../lib/lm/windows.ts";
import { inFolder } from "../in_folder.ts";

/** A model that is never run: letters are its tokens. */
const model = {
  name: "letters",
  context: 5,
  options: { vocabulary: 26 },
  vocabulary: { encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 97) },
} as unknown as LanguageModel;

Deno.test("windows do not overlap, what is left over is not measured, and texts in tokens are their own", () => {
  assert.deepEqual(windowsOf(model, "abcdefg", { window: 3 }), [[0, 1, 2], [3, 4, 5]]);
  assert.deepEqual(windowsOf(model, "abcdefg", {}), [[0, 1, 2, 3, 4]]);
  assert.deepEqual(windowsOf(model, [0, 1, 2, 3], { window: 2, windows: 1 }), [[0, 1]]);
  assert.deepEqual(windowsOf(model, [[3, 1], [2, 2, 2]], {}), [[3, 1], [2, 2, 2]]);
});

Deno.test("windows that cannot be are refused with what can", () => {
  for (
    const [corpus, options, why] of [
      ["ab", { window: 3 }, /at least one window of 3/],
      ["abcdef", { window: 6 }, /a whole number from 2 to 5/],
      ["abcdef", { window: 1 }, /a whole number from 2 to 5/],
      [[[1]], {}, /a text of 1 tokens/],
      [[[1, 2]], { window: 2 }, /windows of their own/],
      ["abc", { windows: 0 }, /whole number from 1/],
      [[1, 26], {}, /at least one window of 5/],
      [[1, 26], { window: 2 }, /token 26: expected 0 to 25/],
    ] as const
  ) assert.throws(() => windowsOf(model, corpus as string, options), why, JSON.stringify(corpus));
});

Deno.test("what was measured is kept, and not measured again for the same model, text and kind", () =>
  inFolder(async (folder) => {
    let runs = 0;
    const measure = (ids: number[]) => Promise.resolve({ sum: ids.reduce((a, b) => a + b), run: ++runs });
    const result = fields({ sum: number, run: number });
    const about = { kind: "sum", digests: ["model"], windows: [[1, 2], [3, 4]], result };
    const log = `${folder}/log.jsonl`;
    const first = await eachWindow(about, { log }, measure);
    assert.deepEqual(first, [{ sum: 3, run: 1 }, { sum: 7, run: 2 }]);
    assert.deepEqual(await eachWindow(about, { log }, measure), first);
    for (const other of [{ digests: ["another"] }, { kind: "mean" }, { windows: [[1, 2, 3]] }]) {
      await eachWindow({ ...about, ...other }, { log }, measure);
    }
    assert.equal(runs, 2 + 2 + 2 + 1);
    await assert.rejects(
      eachWindow(about, { signal: AbortSignal.abort(new Error("enough")) }, measure),
      /enough/,
    );
    assert.equal(runs, 7);
  }));

Deno.test("a result that is no finite number is refused, kept in no log, and not taken from one", () =>
  inFolder(async (folder) => {
    const log = `${folder}/log.jsonl`;
    const about = { kind: "loss", digests: ["model"], windows: [[1, 2], [3, 4]], result: number };
    for (const broken of [NaN, Infinity]) {
      for (const options of [{}, { log }]) {
        await assert.rejects(
          eachWindow(about, options, ([id]) => Promise.resolve(id === 1 ? 2 : broken)),
          new RegExp(
            `RangeError: Cannot measure loss on window 1 \\(from 0\\): .* found ${broken}; look for NaN`,
          ),
        );
      }
    }
    // What earlier versions kept of NaN.
    const lines = (await Deno.readTextFile(log)).trim().split(/\n+/);
    assert.equal(lines.length, 1);
    const { espalier_crc32: _, ...row } = JSON.parse(lines[0]!);
    await Deno.writeTextFile(log, JSON.stringify({ ...row, result: null }));
    assert.deepEqual(await eachWindow(about, { log }, ([id]) => Promise.resolve(id!)), [1, 3]);
  }));
