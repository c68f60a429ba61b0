import assert from "node:assert/strict";
import { BENCHMARKS } from "../../lib/questions/benchmarks.ts";
import { loadQuestions, readQuestions } from "../../lib/questions/load_questions.ts";
import type { BenchmarkName } from "../../lib/questions/question.ts";
import { inFolder } from "../in_folder.ts";
import { FILES } from "./made_questions.ts";

Deno.test("files that are no benchmark's, splits and folders that are not there, are refused with a sentence", async () => {
  assert.throws(
    () => readQuestions("gsm8k", "test", "<html>"),
    /SyntaxError: Cannot read GSM8K, split test: /,
  );
  assert.throws(
    () => readQuestions("mmlu", "val", '{"question":"why?"}'),
    /MMLU, split val: line 1: subject is missing; expected a file of the form that docs\/chat\.md tells for mmlu/,
  );
  assert.throws(
    () => readQuestions("gsm8k", "mine", '{"question":5,"answer":"5"}'),
    /line 1: question should be a text, found 5/,
  );
  assert.throws(
    () => readQuestions("gsm8k", "mine", '{"question":" ","answer":"5"}'),
    /question 0 has no text or no answer/,
  );
  // A file of no benchmark: the place and the field, never a message of the language itself.
  for (const name of Object.keys(BENCHMARKS) as BenchmarkName[]) {
    for (const text of ["null", "[null]", '{"examples":null}', "{}", '[{"Body":"b"}]', "[1"]) {
      assert.throws(
        () => readQuestions(name, "s", text),
        (error: Error) =>
          /^Cannot read .*, split s: (line 1: |.*(should be|is missing|JSON))/.test(error.message) &&
          !/undefined|reading '|not iterable|not a function/.test(error.message),
        `${name}: ${text}`,
      );
    }
  }
  assert.throws(
    () => readQuestions("svamp", "mine", '[{"Body":"a","Question":"b","Answer":"3"}]'),
    /split mine: \[0\]\.Answer should be a number, found string/,
  );
  const gsm8k = (...answers: unknown[]) => () =>
    readQuestions(
      "gsm8k",
      "mine",
      answers.map((answer) => JSON.stringify({ question: "?", answer })).join("\n\n"),
    );
  assert.throws(gsm8k("#### 6", 6), /mine: line 3: answer should be a text, found 6; /);
  assert.throws(
    gsm8k("#### Paris"),
    /line 1: expected a number at the end of the answer, "#### 6", found "Paris"/,
  );
  assert.throws(gsm8k(""), /line 1: expected a number .*, found ""/);
  assert.throws(gsm8k(undefined), /line 1: answer is missing/);
  assert.deepEqual(gsm8k("6", "so #### 1,200")().map(({ gold }) => gold), ["6", "1200"]);
  const aime = (answer: unknown) => () =>
    readQuestions("aime", "mine", JSON.stringify([{ problem: "?", answer }]));
  assert.throws(
    aime("Paris"),
    /^SyntaxError: .*: question 0 has the answer "Paris", which is no number; expected/,
  );
  assert.throws(aime(" "), /question 0 has no text or no answer/);
  assert.deepEqual(["073", 73, "0"].map((answer) => aime(answer)()[0]!.gold), ["73", "73", "0"]);
  const counted = JSON.stringify({ examples: [{ input: "How many?", target: "many" }] });
  assert.throws(
    () => readQuestions("object_counting", "mine", counted),
    /the answer "many", which is no number/,
  );
  const names =
    /^RangeError: .*\(mmlu, gsm8k, multiarith, svamp, aqua, humaneval, aime, .*\), found "(mine|gsm|toString)"/;
  for (const name of ["mine", "toString"]) {
    assert.throws(() => readQuestions(name as BenchmarkName, "mine", ""), names);
  }
  await assert.rejects(loadQuestions("gsm" as BenchmarkName), names);
  await assert.rejects(
    loadQuestions("mmlu", { split: "train" }),
    /expected one of its splits \(val, dev, test\)/,
  );
  await assert.rejects(
    loadQuestions("svamp", { folder: "/nowhere" }),
    /Cannot find SVAMP: looked for SVAMP.json in \/nowhere/,
  );
});

const page = await Deno.readTextFile(new URL("../../docs/chat.md", import.meta.url));

Deno.test("the page's table has each benchmark's files, splits and fields, in their order", () => {
  const section = page.slice(page.indexOf("\n## The benchmarks\n"));
  const rows = [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|/gm)].map(([, ...cells]) => cells);
  assert.deepEqual(rows.map(([name]) => name), Object.keys(BENCHMARKS));
  const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
  let fields: string[] = [];
  for (const [name, place, form] of rows) {
    const { splits } = BENCHMARKS[name as BenchmarkName];
    // Where a file's name is not the split's, the split stands behind it.
    const told = Object.entries(splits).flatMap(([split, file]) =>
      file.startsWith(`${split}.`) ? [file] : [file, split]
    );
    assert.deepEqual(named(place!), told, name);
    if (form !== "the same") fields = named(form!);
    const file = FILES[name as BenchmarkName];
    for (const field of fields.filter((field) => !field.includes(" "))) {
      const without = file.replaceAll(`"${field}"`, '"other"');
      assert.notEqual(without, file, `${name} has no ${field}`);
      assert.throws(
        () => readQuestions(name as BenchmarkName, "s", without),
        new RegExp(`\\b${field} is missing`),
      );
    }
  }
});

const python = await new Deno.Command("python3", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "MMLU's tables become what is read, by the page's program",
  ignore: !python,
  fn: () =>
    inFolder(async (folder) => {
      const program = page.match(/### MMLU's tables[\s\S]*?```python\n([\s\S]*?)```/)![1]!;
      const tables = {
        "val/b_val.csv": 'Second?,a,b,c,d,D\n"""Third"", they said,\nwhere?",a,"b, or c",c,d,B\n',
        "val/a_val.csv": "First?,1,2,3,4,A\n",
        "dev/a_dev.csv": "Why?,1,2,3,4,C\n",
      };
      for (const [path, table] of Object.entries(tables)) {
        await Deno.mkdir(`${folder}/data/${path.split("/")[0]}`, { recursive: true });
        await Deno.writeTextFile(`${folder}/data/${path}`, table);
      }
      const { success, stderr } = await new Deno.Command("python3", { args: ["-c", program], cwd: folder })
        .output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const questions = await loadQuestions("mmlu", { folder });
      assert.deepEqual(questions.map(({ subject, gold }) => [subject, gold]), [["a", "A"], ["b", "D"], [
        "b",
        "B",
      ]]);
      assert.equal(questions[2]!.text, '"Third", they said,\nwhere?\nA) a\nB) b, or c\nC) c\nD) d');
      assert.deepEqual(await loadQuestions("mmlu", { folder, split: "test" }), []);
    }),
});
