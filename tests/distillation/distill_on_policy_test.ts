import assert from "node:assert/strict";
import { distillOnPolicy } from "../../lib/distillation/distill_on_policy.ts";
import { drawnWeights, open } from "./drawn.ts";

Deno.test("on its own answers a student comes nearer to its teacher, round by round, and the same each time", async () => {
  await using teacher = open(drawnWeights(2));
  const student = drawnWeights(1);
  const prompts = Array.from({ length: 12 }, (_, i) => [11, 1 + i % 9]);
  const rounds = { rounds: 5, maxTokens: 6, rate: 0.01, batchSize: 4 };
  const { weights, divergences } = await distillOnPolicy(student, teacher, prompts, rounds);
  assert.equal(divergences.length, 5);
  assert.ok(divergences.at(-1)! < 0.5 * divergences[0]!, divergences.join(" "));
  const again = await distillOnPolicy(student, teacher, prompts, { ...rounds, rounds: 1 });
  assert.deepEqual(again.divergences, divergences.slice(0, 1));
  assert.notDeepEqual(weights.tensors["lm_head.weight"], student.tensors["lm_head.weight"]);
  assert.deepEqual(Object.keys(weights.tensors), Object.keys(student.tensors));
  let asked = 0;
  const counted = {
    ...teacher,
    vocabulary: { ...teacher.vocabulary, bytesOf: (id: number) => (asked++, teacher.vocabulary.bytesOf(id)) },
  };
  for (
    const [options, why] of [
      [{ batchSize: 0 }, /with batchSize 0: expected a whole number from 1/],
      [{ rate: NaN }, /with rate NaN: expected a number from 0/],
      [{ masks: { "lm_head.weight": {} as never } }, /fixedMasks/],
    ] as const
  ) await assert.rejects(distillOnPolicy(student, counted, prompts, options), why);
  await assert.rejects(distillOnPolicy(student, counted, [], {}), /without prompts: give at least one/);
  assert.equal(asked, 0, "before anything is answered");
  for (const none of [0, NaN, -1, 1.5]) {
    await assert.rejects(
      distillOnPolicy(student, teacher, prompts, { rounds: none }),
      /Cannot distil with rounds .*: expected a whole number from 1/,
    );
  }
});
