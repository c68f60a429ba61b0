import assert from "node:assert/strict";
import {
  constantRate,
  cosine,
  linearDecay,
  multiStep,
  oneCycle,
  perEpoch,
  type Schedule,
} from "../../lib/train/schedules.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";
import { scheduleFixtures } from "./fixtures.ts";

const ratesOf = (schedule: Schedule, steps = 20) =>
  Array.from({ length: steps }, (_, i) => schedule(i, steps));

const SCHEDULES: Record<string, Schedule> = {
  multiStep: multiStep({ rate: 0.5 }),
  cosine: cosine({ rate: 0.5, last: 0.01 }),
  "warmed cosine": cosine({ rate: 0.5, warmUp: 0.3, first: 0.01, last: 0.005 }),
  linearDecay: linearDecay({ rate: 0.5, last: 0.01 }),
  oneCycle: oneCycle({ rate: 0.5 }),
};

for (const [name, schedule] of Object.entries(SCHEDULES)) {
  Deno.test(`${name} gives the rates that PyTorch's gives`, () => {
    assertClose(ratesOf(schedule), scheduleFixtures[name]!, REORDERED_FLOAT64, name);
  });
}

Deno.test("a constant rate stays, and a warm-up rises to the rate and ends there", () => {
  assert.deepEqual(ratesOf(constantRate(0.3), 3), [0.3, 0.3, 0.3]);
  for (const schedule of [cosine, linearDecay]) {
    const rates = ratesOf(schedule({ rate: 1, warmUp: 0.2 }), 20);
    assertClose(rates.slice(0, 5), [0.25, 0.5, 0.75, 1, 1], REORDERED_FLOAT64);
    assert.ok(rates.slice(5).every((rate, i) => rate < rates[i + 4]! && rate > 0));
  }
});

Deno.test("per epoch, the rate of an epoch is the same at all of its steps", () => {
  const schedule = SCHEDULES["warmed cosine"]!;
  const rates = ratesOf(perEpoch(schedule, 20), 60);
  assert.deepEqual(rates, ratesOf(schedule, 20).flatMap((rate) => [rate, rate, rate]));
  assert.throws(
    () => perEpoch(schedule, 1.5),
    /TypeError: Cannot hold a rate for each of 1\.5 epochs/,
  );
});

Deno.test("schedules of runs of one or two steps are finite", () => {
  for (const schedule of Object.values(SCHEDULES)) {
    for (const steps of [1, 2, 3]) {
      for (const rate of ratesOf(schedule, steps)) assert.ok(rate > 0 && rate <= 0.5, `${rate}`);
    }
  }
});
