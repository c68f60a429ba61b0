import assert from "node:assert/strict";
import { answerBatches } from "../../lib/distillation/answer_batches.ts";
import { teacherBatches } from "../../lib/distillation/teacher_batches.ts";
import { drawnWeights, examples, open, TOKENS } from "./drawn.ts";

Deno.test("a teacher's logits are those of its texts, whatever they were filled up with", async () => {
  await using teacher = open(drawnWeights(2));
  const source = teacherBatches(answerBatches(examples, { batchSize: 8 }), teacher);
  const { targets } = await source.batch(0, 0);
  const { data, dims } = targets.teacher!;
  assert.deepEqual(dims, [8, 5, TOKENS]);
  const { prompt, answer } = examples[1]!; // one of the shorter ones
  const alone = await teacher.logits([...prompt, ...answer].slice(0, -1));
  const row = (data as Float32Array).subarray(5 * TOKENS, 5 * TOKENS + alone.length);
  alone.forEach((value, i) => assert.ok(Math.abs(value - row[i]!) < 1e-5));
});
