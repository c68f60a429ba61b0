import assert from "node:assert/strict";
import { glue, type GlueSplit } from "../../lib/text/glue.ts";
import { GLUE, type GlueName } from "../../lib/text/glue_tasks.ts";
import { readGlue } from "../../lib/text/read_glue.ts";
import type { TextExample } from "../../lib/text/text_set.ts";
import { dataFile } from "../data.ts";

const rows = (...lines: string[][]) => lines.map((line) => line.join("\t")).join("\n") + "\n";
const of = (text: string, pair?: string, label?: number): TextExample => ({
  text,
  ...pair !== undefined && { pair },
  ...label !== undefined && { label },
});

/** Small files in the layout of each task: with a header, as GLUE has it, and what it lacks one in. */
const FILES: [GlueName, string, TextExample[]][] = [
  ["cola", rows(["gj04", "1", "", "Birds sing."], ["gj04", "0", "*", "Sing birds the."]), [
    of("Birds sing.", undefined, 1),
    of("Sing birds the.", undefined, 0),
  ]],
  ["cola", rows(["index", "sentence"], ["0", "Birds sing."]), [of("Birds sing.")]],
  ["sst2", rows(["sentence", "label"], ["a fine film ", "1"]), [of("a fine film ", undefined, 1)]],
  ["sst2", rows(["index", "sentence"], ["0", "a fine film"]), [of("a fine film")]],
  ["sst2", rows(["a fine film", "1"]), [of("a fine film", undefined, 1)]],
  [
    "mrpc",
    "\ufeff" +
    rows(["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"], [
      "1",
      "7",
      "8",
      `He said "no.`,
      "No, he said.",
    ]),
    [of(`He said "no.`, "No, he said.", 1)],
  ],
  ["mrpc", rows(["index", "#1 ID", "#2 ID", "#1 String", "#2 String"], ["0", "7", "8", "Yes.", "No."]), [
    of("Yes.", "No."),
  ]],
  [
    "stsb",
    rows(
      [
        "index",
        "genre",
        "filename",
        "year",
        "old_index",
        "source1",
        "source2",
        "sentence1",
        "sentence2",
        "score",
      ],
      ["0", "g", "f", "2012", "1", "none", "none", "A dog runs.", "A dog is running.", "4.750"],
    ),
    [of("A dog runs.", "A dog is running.", 4.75)],
  ],
  [
    "stsb",
    rows(["g", "f", "y", "1", "2.5", "A dog.", "A cat."], [
      "g",
      "f",
      "y",
      "2",
      "0.0",
      "A dog.",
      "Rain.",
      "one",
      "two",
    ]),
    [of("A dog.", "A cat.", 2.5), of("A dog.", "Rain.", 0)],
  ],
  [
    "qqp",
    rows(["id", "qid1", "qid2", "question1", "question2", "is_duplicate"], [
      "1",
      "2",
      "3",
      "Why?",
      "How come?",
      "1",
    ]),
    [of("Why?", "How come?", 1)],
  ],
  ["qqp", rows(["id", "question1", "question2"], ["1", "Why?", "How?"]), [of("Why?", "How?")]],
  [
    "mnli",
    rows(
      [
        "index",
        "promptID",
        "pairID",
        "genre",
        "b1",
        "b2",
        "p1",
        "p2",
        "sentence1",
        "sentence2",
        "label1",
        "gold_label",
      ],
      ["0", "1", "1n", "fiction", "(", "(", "(", "(", "It rains.", "It is wet.", "entailment", "entailment"],
      [
        "1",
        "1",
        "1c",
        "fiction",
        "(",
        "(",
        "(",
        "(",
        "It rains.",
        "The sun shines.",
        "neutral",
        "contradiction",
      ],
    ),
    [of("It rains.", "It is wet.", 0), of("It rains.", "The sun shines.", 2)],
  ],
  [
    "qnli",
    rows(["index", "question", "sentence", "label"], ["0", "When?", "In 1066.", "entailment"]),
    [of("When?", "In 1066.", 0)],
  ],
  ["rte", rows(["2", "It rains.", "The sun shines.", "not_entailment"]), [
    of("It rains.", "The sun shines.", 1),
  ]],
  ["rte", rows(["index", "sentence1", "sentence2"], ["0", "A.", "B."]), [of("A.", "B.")]],
  [
    "wnli",
    rows(["index", "sentence1", "sentence2", "label"], ["0", "A.", "B.", "1"]).replaceAll("\n", "\r\n"),
    [
      of("A.", "B.", 1),
    ],
  ],
];

Deno.test("all nine tasks are read, with a header and without, by what the first line says", () => {
  for (const [task, text, expected] of FILES) assert.deepEqual(readGlue(task, text), expected, task);
  assert.deepEqual([...new Set(FILES.map(([task]) => task))].sort(), Object.keys(GLUE).sort());
});

Deno.test("what is damaged is one sentence: broken quotes, a label that is none, another file", () => {
  const broken = rows(["index", "sentence1", "sentence2", "label"], ["0", `"A.`]) + `B."\tC.\tentailment\n`;
  assert.throws(() => readGlue("rte", broken, "train.tsv"), {
    name: "SyntaxError",
    message: /train.tsv: line 2 has 2 columns, expected 4 divided by tabs; quotes mean nothing/,
  });
  assert.throws(() => readGlue("rte", rows(["0", "A.", "B.", "maybe"])), {
    message: /label "maybe" of line 1 is none of RTE's; expected entailment, not_entailment/,
  });
  assert.throws(
    () => readGlue("stsb", FILES[7]![1].replace("4.750", "")),
    /label "" of line 2 .* a number from 0/,
  );
  assert.throws(() => readGlue("cola", "just text\n"), /has 1 columns and is no header of CoLA/);
  assert.throws(() => readGlue("cola", ""), /has 0 columns|has 1 columns/);
});

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

Deno.test("a task that is nowhere says where it was looked for", async () => {
  await assert.rejects(
    glue("qqp", "dev", { folder: "no/such" }),
    /QQP \(dev\): looked for dev.tsv, .* in no\/such\/QQP/,
  );
  await assert.rejects(glue("xyz" as "qqp", "dev"), /expected one of cola, sst2/);
});
