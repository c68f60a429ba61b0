import assert from "node:assert/strict";
import { keepCorrect } from "../../lib/distillation/keep_correct.ts";
import { askModels } from "../../lib/evaluation/ask_models.ts";
import { gradeRecords } from "../../lib/evaluation/grade_records.ts";
import { answerOf, placeIn, sums } from "../evaluation/made.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("of a teacher's answers those stay that are right, whole and different, or the shortest", () =>
  inFolder(async (folder) => {
    // What is said to question 0 in five runs, and to question 1.
    const said = [
      [
        answerOf("<think>a long way round</think>10"),
        answerOf("<think>short</think>10"),
        answerOf("<think>short</think>10 "),
        answerOf("<think>wrong</think>11"),
        answerOf("<think>cut</think>10", { finishReason: "length" }),
      ],
      [
        ...["<think>", "[THINK]", "◁think▷", "<thought>"].map((tag) => answerOf(`${tag}never ended: 11`)),
        answerOf("11"),
      ],
    ];
    const asked = [0, 0];
    const teacher = {
      identity: "teacher",
      answer: ({ prompt }: { prompt: string }) => {
        const place = placeIn(prompt);
        return Promise.resolve(said[place]![asked[place]!++]!);
      },
    };
    const questions = sums(2);
    const { records } = await askModels(
      [{ model: "teacher", method: "dense", answerer: teacher }],
      questions,
      { log: `${folder}/log`, runs: 5, decoding: { temperature: 0.8 } },
    );
    const graded = await gradeRecords(records, questions);
    const texts = (options = {}) => keepCorrect(graded, options).map(({ answer }) => answer!.text);
    const [long, short] = ["<think>a long way round</think>10", "<think>short</think>10"];
    assert.deepEqual(texts(), [long, short, "11"]);
    assert.deepEqual(texts({ keep: "shortest" }), [short, "11"]);
    assert.deepEqual(texts({ maxTokens: short.length }), [short, "11"]);
    assert.deepEqual(texts({ unclosed: "fail" }), [long, short]);
    assert.throws(() => texts({ maxTokens: NaN }), /with maxTokens NaN: expected a whole number from 1/);
  }));
