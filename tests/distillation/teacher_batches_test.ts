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

Deno.test("what a teacher holds likeliest is asked for once, and is that of its logits", async () => {
  await using teacher = open(drawnWeights(2));
  let asked = 0;
  const counted = Object.create(teacher, {
    logits: {
      value: (ids: readonly number[]) => {
        asked++;
        return teacher.logits(ids);
      },
    },
  });
  const [top, temperature] = [3, 2];
  // In each epoch a text stands beside others, and is filled up to another length.
  const batches = answerBatches(examples, { batchSize: 3, shuffleSeed: 1 });
  const source = teacherBatches(batches, counted, { top, temperature });
  const texts = new Set(examples.map((one) => JSON.stringify(one)));
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      const { inputs, targets } = await source.batch(epoch, step);
      const [rows, length] = inputs.input_ids!.dims as [number, number];
      const ids = Array.from(inputs.input_ids!.data as BigInt64Array, Number);
      const counts = targets.counts!.data as Float32Array;
      const found = targets.teacherTokens!.data as BigInt64Array;
      const mass = targets.teacher!.data as Float32Array;
      assert.deepEqual(targets.teacherTokens!.dims, [rows, length, top]);
      assert.deepEqual(targets.teacher!.dims, [rows, length, top + 1]);
      for (let row = 0; row < rows; row++) {
        const logits = await teacher.logits(ids.slice(row * length, (row + 1) * length));
        for (let place = row * length; place < (row + 1) * length; place++) {
          if (counts[place] === 0) continue;
          const from = (place - row * length) * TOKENS;
          const own = [...logits.subarray(from, from + TOKENS)];
          const powers = own.map((value) => Math.exp(value / temperature));
          const sum = powers.reduce((a, b) => a + b);
          const order = [...own.keys()].sort((a, b) => own[b]! - own[a]!).slice(0, top);
          assert.deepEqual(Array.from(found.subarray(place * top, (place + 1) * top), Number), order);
          const listed = order.map((token) => powers[token]! / sum);
          const rest = 1 - listed.reduce((a, b) => a + b);
          [...listed, rest].forEach((one, i) => {
            assert.ok(Math.abs(one - mass[place * (top + 1) + i]!) < 1e-5);
          });
        }
      }
      assert.ok(mass.every((value) => Number.isFinite(value)));
    }
  }
  assert.equal(asked, texts.size);
  assert.throws(
    () => teacherBatches(batches, teacher, { top: TOKENS }),
    /with top 12: expected a whole number from 1 to 11/,
  );
  assert.throws(
    () => teacherBatches(batches, teacher, { top: 2, temperature: 0 }),
    /with temperature 0: expected a number above 0/,
  );
});
