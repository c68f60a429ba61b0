import assert from "node:assert/strict";
import { glue, type GlueSplit } from "../../lib/text/glue.ts";
import type { GlueName } from "../../lib/text/glue_tasks.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";

/** Rows of the real files, and how many have label 1 (CoLA, WNLI, MRPC), or "not_entailment". */
const REAL: [GlueName, GlueSplit, rows: number, ones?: number][] = [
  ["cola", "train", 7250],
  ["cola", "val", 1301, 935],
  ["cola", "dev", 1043],
  ["cola", "test", 1063],
  ["rte", "train", 2127],
  ["rte", "val", 363, 192],
  ["rte", "dev", 277],
  ["rte", "test", 3000],
  ["wnli", "train", 518],
  ["wnli", "val", 117, 51],
  ["wnli", "dev", 71, 31],
  ["wnli", "test", 146],
  ["stsb", "train", 5749],
  ["stsb", "dev", 1500],
  ["stsb", "test", 1379],
  ["qnli", "dev", 5463],
  ["mrpc", "train", 3668],
  ["mrpc", "dev", 408],
  ["mrpc", "test", 1725],
  ["sst2", "train", 67_349, 37_569],
  ["sst2", "dev", 872, 444],
];

Deno.test({
  name: "the published files have the published numbers of rows, and no row is taken for a header",
  ignore: !dataFile("glue/CoLA/dev.tsv.gz") || !dataFile("sst2/dev.tsv.gz"),
  async fn() {
    for (const [task, split, rows, ones] of REAL) {
      const { examples, source } = await glue(task, split);
      assert.equal(examples.length, rows, `${task} ${split}`);
      if (ones !== undefined) {
        assert.equal(examples.filter(({ label }) => label === 1).length, ones, `${task} ${split}`);
      }
      if (task === "mrpc" && split === "dev") assert.match(source, /the last 408 pairs/);
    }
  },
});

Deno.test("a task or a split that is none is told with those that there are", async () => {
  await assert.rejects(glue("sst" as "sst2", "dev"), /^RangeError: .*"sst": expected .*"sst2"/);
  for (const task of ["sst2", "mrpc"] as const) {
    await assert.rejects(
      glue(task, "devel" as "dev", { folder: "/nowhere" }),
      /^RangeError: .* with split "devel": expected "train", "val", "dev", "test", .* or "test_mismatched"$/,
    );
  }
});

Deno.test("a task that is nowhere says where it was looked for", async () => {
  await assert.rejects(
    glue("qqp", "dev", { folder: "no/such" }),
    /QQP \(dev\): looked for dev.tsv, .* in no\/such\/QQP/,
  );
  await assert.rejects(glue("xyz" as "qqp", "dev"), /expected "cola", "sst2"/);
});

Deno.test("of MNLI both kinds of text are read, those learned from and others", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/MNLI`);
    for (const kind of ["matched", "mismatched"]) {
      for (const split of ["dev", "test"]) {
        const text = `sentence1\tsentence2\tgold_label\n${kind}\t${split}\tneutral\n`;
        await Deno.writeTextFile(`${folder}/MNLI/${split}_${kind}.tsv`, text);
      }
    }
    const of = async (split: GlueSplit) => (await glue("mnli", split, { folder })).examples;
    assert.deepEqual(await of("dev"), [{ text: "matched", pair: "dev", label: 1 }]);
    assert.deepEqual(await of("dev_mismatched"), [{ text: "mismatched", pair: "dev", label: 1 }]);
    assert.deepEqual(await of("test_mismatched"), [{ text: "mismatched", pair: "test", label: 1 }]);
    await assert.rejects(glue("mrpc", "dev_mismatched", { folder }), /Cannot find MRPC \(dev_mismatched\)/);
  }));
