import assert from "node:assert/strict";
import { askModels } from "../../lib/evaluation/ask_models.ts";
import { gradeRecords } from "../../lib/evaluation/grade_records.ts";
import { questionsById } from "../../lib/evaluation/questions_by_id.ts";
import { readQuestions } from "../../lib/questions/load_questions.ts";
import { inFolder } from "../in_folder.ts";
import { adder, sums } from "./made.ts";

/** Another file under the split that `sums` has. */
const other = readQuestions("multiarith", "made", JSON.stringify([{ sQuestion: "7 + 1?", lSolutions: [8] }]));

Deno.test("a question is known by its name, also one that is given twice", () => {
  const questions = sums(3);
  const known = questionsById([...questions, ...sums(2)], "count");
  assert.deepEqual([...known.keys()], questions.map(({ id }) => id));
  assert.deepEqual([...known.values()], questions);
});

Deno.test("two questions of one name are neither asked nor graded: each would be held against the other's answer", () =>
  inFolder(async (folder) => {
    const both = [...sums(1), ...other];
    const refusal = (action: string) =>
      new RegExp(
        `^RangeError: Cannot ${action} with two questions called multiarith/made/0: .*; read each file`,
      );
    const models = [{ model: "adder", method: "dense", answerer: adder }];
    const log = `${folder}/answers.jsonl`;
    await assert.rejects(askModels(models, both, { log }), refusal("ask models"));
    const { records } = await askModels(models, sums(1), { log });
    await assert.rejects(gradeRecords(records, both), refusal("grade answers"));
    const sameText = { ...sums(1)[0]!, gold: "11" };
    assert.throws(() => questionsById([...sums(1), sameText], "ask models"), refusal("ask models"));
  }));
