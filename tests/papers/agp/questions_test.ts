import assert from "node:assert/strict";
import { MAIN_TASKS } from "../../../lib/agents/simulation/world.ts";
import { simulatedSet } from "../../../lib/papers/agp/questions.ts";

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

Deno.test("questions have length 1, and point half their type's way: those of one type alike, of two not", () => {
  const { train, test, roles } = simulatedSet({ seed: 5, agents: 4, train: 10, test: 5 });
  assert.deepEqual(train.map(({ task }) => task), MAIN_TASKS.flatMap((task) => Array(10).fill(task)));
  assert.equal(test.length, 5 * MAIN_TASKS.length);
  for (const embedding of [...roles, ...train.map(({ embedding }) => embedding)]) {
    assert.ok(Math.abs(dot(embedding, embedding) - 1) < 1e-5);
  }
  const cosines = (same: boolean) =>
    train.flatMap((a) =>
      test.filter((b) => (a.task === b.task) === same).map((b) => dot(a.embedding, b.embedding))
    );
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  // Of (c + a) and (c + b), each of two directions as long as the other: a cosine of a half.
  assert.ok(Math.abs(mean(cosines(true)) - 0.5) < 0.05 && Math.abs(mean(cosines(false))) < 0.05);
});

Deno.test("questions are the same for a seed, and those to test on are no questions of training", () => {
  const make = (seed: number) => simulatedSet({ seed, agents: 2, train: 3, test: 3 });
  assert.deepEqual(make(1), make(1));
  assert.notDeepEqual(make(1), make(2));
  const all = [...make(1).train, ...make(1).test].map(({ embedding }) => embedding.join());
  assert.equal(new Set(all).size, all.length);
});
