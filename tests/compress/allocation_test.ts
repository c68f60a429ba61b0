import assert from "node:assert/strict";
import { allocate, type AllocationRule, type Choice } from "../../lib/compress/allocation/allocate.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

/** Matrices of different sizes with losses that fall by about four for each bit, some of them out of line. */
function drawn(matrices: number, seed: number): Record<string, Choice[]> {
  const random = seededRandom(seed, "choices");
  return Object.fromEntries(Array.from({ length: matrices }, (_, m) => {
    const size = 64 * (1 + random.integer(12));
    const scale = Math.exp(random.normal(0, 2));
    return [
      `m${m}`,
      [2, 3, 4, 6, 8].map((width) => ({
        format: String(width),
        bits: width * size,
        loss: scale * 4 ** -width * random.uniform(0.5, 1.5),
      })),
    ];
  }));
}

const sizeOf = (choices: Record<string, Choice[]>) =>
  Object.values(choices).reduce((sum, [two]) => sum + two!.bits / 2, 0);

/** The least loss of all combinations within the budget. */
function exhaustive(choices: Record<string, Choice[]>, budget: number): number {
  const all = Object.values(choices);
  const least = all.map((own) => Math.min(...own.map(({ bits }) => bits)));
  const behind = all.map((_, i) => least.slice(i + 1).reduce((sum, bits) => sum + bits, 0));
  let best = Infinity;
  const go = (i: number, left: number, loss: number): void => {
    if (loss >= best) return;
    if (i === all.length) return void (best = loss);
    for (const choice of all[i]!) {
      if (choice.bits + behind[i]! <= left) go(i + 1, left - choice.bits, loss + choice.loss);
    }
  };
  go(0, budget, 0);
  return best;
}

Deno.test("allocate: never above the budget, and the best of all combinations", () => {
  for (let seed = 0; seed < 12; seed++) {
    const choices = drawn(7, seed);
    const size = sizeOf(choices);
    for (const bits of [2, 2.5, 3, 3.7, 4.4, 6.2, 8, 9]) {
      const found = allocate(choices, bits * size);
      assert.ok(found.bits <= bits * size);
      const best = exhaustive(choices, bits * size);
      assertClose([found.loss], [best], REORDERED_FLOAT64, `${seed}, ${bits}`);
      const picked = Object.entries(found.formats).map(([name, format]) =>
        choices[name]!.find((choice) => choice.format === format)!
      );
      assert.equal(picked.reduce((total, { bits }) => total + bits, 0), found.bits);
    }
  }
});

Deno.test("allocate: with many matrices the budget is spent, and the controls lose more", () => {
  for (const seed of [1, 2, 3]) {
    const choices = drawn(40, seed);
    const size = sizeOf(choices);
    for (const bits of [2.6, 3, 4.5]) {
      const by = (rule: AllocationRule) => allocate(choices, bits * size, { rule, seed });
      const found = by("calibrated");
      assert.ok(found.bits <= bits * size && found.bits > 0.995 * bits * size);
      for (const rule of ["uniform", "random", "leastSensitive"] as const) {
        const control = by(rule);
        assert.ok(control.bits <= bits * size && control.loss > found.loss, rule);
      }
      const uniform = by("uniform");
      assert.deepEqual([...new Set(Object.values(uniform.formats))], [String(Math.floor(bits))]);
    }
  }
});

Deno.test("allocate: a budget below the smallest formats is refused, as is uniform without a common format", () => {
  const choices = drawn(3, 4);
  assert.throws(
    () => allocate(choices, 1.9 * sizeOf(choices)),
    /the smallest formats take \d+ for all matrices/,
  );
  assert.throws(() => allocate(choices, NaN), RangeError);
  const apart = { a: choices.m0!.slice(0, 1), b: choices.m1!.slice(1) };
  assert.throws(() => allocate(apart, 1e9, { rule: "uniform" }), /to all matrices alike/);
  assert.throws(() => allocate(choices, 1e9, { rule: "best" as never }), /Cannot allocate by "best"/);
});

Deno.test("allocate: a loss that is no number is refused with the matrix's name", () => {
  for (const rule of ["calibrated", "uniform", "random", "leastSensitive"] as const) {
    for (const loss of [NaN, Infinity, null as never]) {
      const choices = drawn(3, 4);
      choices.m1 = choices.m1!.map((choice) => ({ ...choice, loss }));
      const message =
        /RangeError: Cannot allocate bits to m1: format 2 takes \d+ bits and loses (NaN|Inf|null)/;
      assert.throws(() => allocate(choices, 1e9, { rule }), message);
    }
    assert.throws(
      () => allocate({ ...drawn(2, 4), none: [] }, 1e9, { rule }),
      /bits to none: it has no format/,
    );
  }
});
