import assert from "node:assert/strict";
import { GLUE, type GlueName } from "../../lib/text/glue_tasks.ts";
import { readGlue } from "../../lib/text/read_glue.ts";
import type { TextExample } from "../../lib/text/text_set.ts";

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
