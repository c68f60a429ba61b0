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

Deno.test("numbers that cannot be meant are refused, epochs in the place of parts among them", () => {
  const refused: [make: () => Schedule, message: string | RegExp][] = [
    [() => constantRate(-0.1), "Cannot make constantRate with rate -0.1: expected a number from 0"],
    [
      () => multiStep({ rate: 0.1, milestones: [0.5, 3] }),
      "Cannot make multiStep, whose milestones are parts of the run, with milestones[1] 3: expected a number " +
      "from 0 to 1",
    ],
    [() => multiStep({ rate: 0.1, gamma: -1 }), /multiStep with gamma -1/],
    [
      () => cosine({ rate: 0.1, warmUp: 5 }),
      /whose warm-up is a part of the run, with warmUp 5: .* from 0 to 1$/,
    ],
    [() => cosine({ rate: NaN }), /cosine with rate NaN/],
    [() => cosine({ rate: 1, first: 2 }), /cosine with first 2/],
    [() => linearDecay({ rate: 0.1, warmUp: 1.5 }), /whose warm-up is a part of the run, with warmUp 1.5/],
    [() => linearDecay({ rate: 0.1, last: -1 }), /linearDecay with last -1/],
    [() => oneCycle({ rate: 0.1, rise: 30 }), /whose rise is a part of the run, with rise 30/],
    [() => oneCycle({ rate: 0.1, first: 0 }), /oneCycle with first 0: expected a number above 0/],
  ];
  for (const [make, message] of refused) assert.throws(make, { name: "RangeError", message });
});
