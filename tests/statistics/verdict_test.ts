import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { type Claim, type Verdict, verdict, writeEffect } from "../../lib/statistics/verdict.ts";
import { pairedTTest } from "../../lib/statistics/tests.ts";

const outcome = (claim: Omit<Claim, "claim">) => verdict({ claim: "it is so", ...claim }).outcome;
const GAINS = [0.21, 0.26, 0.17, 0.24, 0.22]; // 0.22 ± 0.03: from 0.18 to 0.26
const UNDECIDED = "not decided with so few seeds";

Deno.test("a claim holds where the whole interval lies on its side, and fails where it lies on the other", () => {
  strictEqual(outcome({ effect: GAINS, threshold: 0.1 }), "holds");
  strictEqual(outcome({ effect: GAINS, threshold: 0.2 }), UNDECIDED);
  strictEqual(outcome({ effect: GAINS, threshold: 0.3 }), "does not hold");
  strictEqual(outcome({ effect: GAINS, threshold: 0.3, direction: "at most" }), "holds");
  strictEqual(outcome({ effect: GAINS, threshold: 0.1, direction: "at most" }), "does not hold");
  strictEqual(outcome({ effect: GAINS, threshold: 0.3, direction: "within" }), "holds");
  strictEqual(outcome({ effect: GAINS, threshold: 0.1, direction: "within" }), "does not hold");
  strictEqual(
    outcome({ effect: GAINS.map((gain) => -gain), threshold: 0.2, direction: "within" }),
    UNDECIDED,
  );
});

Deno.test("more and less than are strict: a tie holds for neither, and for at least and at most", () => {
  const tie = { effect: [0.5, 0.5, 0.5], threshold: 0.5 };
  strictEqual(outcome({ ...tie, direction: "more than" }), "does not hold");
  strictEqual(outcome({ ...tie, direction: "less than" }), "does not hold");
  strictEqual(outcome({ ...tie, direction: "at least" }), "holds");
  strictEqual(outcome({ ...tie, direction: "at most" }), "holds");
  strictEqual(outcome({ effect: 0, direction: "more than" }), "does not hold");
});

Deno.test("more than is what at most denies, and less than what at least denies, with any effect", () => {
  const opposite = { "holds": "does not hold", "does not hold": "holds", [UNDECIDED]: UNDECIDED };
  for (const effect of [GAINS, [0, 0, 0], [0.2, 0.2], 0.2, 0.1, [0.1], []]) {
    for (const threshold of [0, 0.1, 0.2, 0.3]) {
      const judged = (direction: Verdict["direction"]) => outcome({ effect, threshold, direction });
      strictEqual(judged("more than"), opposite[judged("at most")]);
      strictEqual(judged("less than"), opposite[judged("at least")]);
    }
  }
});

Deno.test("the rule is the t test's: it decides against 0 exactly where p falls below the level", () => {
  for (let shift = -0.2; shift < 0.2; shift += 0.01) {
    const effect = [0.05, -0.1, 0.12, 0.02].map((value) => value + shift);
    const decided = outcome({ effect }) !== UNDECIDED;
    strictEqual(decided, pairedTTest(effect).p <= 0.05, `${shift}`);
  }
});

Deno.test("one seed never decides, nothing measured neither, and a count decides by itself", () => {
  strictEqual(outcome({ effect: [5] }), UNDECIDED);
  strictEqual(outcome({ effect: [] }), UNDECIDED);
  strictEqual(outcome({ effect: { first: [1, 2, 3], second: [0] } }), UNDECIDED);
  strictEqual(outcome({ effect: 1.2367, threshold: 1.2 }), "holds");
  strictEqual(outcome({ effect: [0.7, 0.7, 0.7], threshold: 0.7 }), "holds");
  strictEqual(outcome({ effect: 10, threshold: 16 }), "does not hold");
  match(verdict({ claim: "c", effect: [] }).sentence, /nothing was measured/);
});

Deno.test("two samples are judged by their means, whatever their order", () => {
  const first = [66.5, 71, 55.2];
  const second = [89.1, 89.6, 88.5];
  const away = verdict({
    claim: "close together",
    effect: { first, second },
    threshold: 5,
    direction: "within",
  });
  strictEqual(away.outcome, UNDECIDED);
  const shuffled = verdict({ claim: "c", effect: { first: [55.2, 66.5, 71], second: second.toReversed() } });
  ok(Math.abs(shuffled.effect - away.effect) < 1e-12 && shuffled.seeds === 3);
});

Deno.test("what is undecided says how many seeds would decide, and they do", () => {
  const few = verdict({ claim: "c", effect: [0.1, 0.5], threshold: 0 });
  strictEqual(few.outcome, UNDECIDED);
  // As many values of the same mean and sample deviation: half of them on either side, at the right distance.
  const like = (n: number) => {
    const signs = Array.from({ length: n }, (_, i) => n % 2 && i === n - 1 ? 0 : i % 2 ? 1 : -1);
    const sum = signs.filter((sign) => sign !== 0).length;
    return signs.map((sign) => few.effect + sign * few.spread * Math.sqrt((n - 1) / sum));
  };
  strictEqual(outcome({ effect: like(few.needed!) }), "holds");
  strictEqual(outcome({ effect: like(few.needed! - 1) }), UNDECIDED);
  match(few.sentence, new RegExp(`about ${few.needed} seeds`));
});

Deno.test("the sentence has digits as the spread allows, with unit and interval", () => {
  strictEqual(
    verdict({ claim: "c", effect: GAINS, threshold: 0.1, unit: "dB" }).sentence,
    "0.22 dB over 5 seeds (deviation 0.034), 95 % interval 0.18 to 0.26; the claim asks for at least 0.1 dB",
  );
  strictEqual(
    verdict({ claim: "c", effect: [1.5], unit: "points" }).sentence,
    "1.5 points with one seed, which has no spread; the claim asks for at least 0 points",
  );
  strictEqual(
    verdict({ claim: "c", effect: 1.25, unit: "×" }).sentence,
    "1.25 ×; the claim asks for at least 0 ×",
  );
  for (const [level, percent] of [[0.999, "99.9"], [0.29, "29"], [0.99999, "99.999"]] as const) {
    match(verdict({ claim: "c", effect: GAINS, level }).sentence, new RegExp(` ${percent} % interval`));
  }
});

Deno.test("the mean has the digits of its interval, however far single differences lie apart", () => {
  // 750 differences of deviation 4 about 0.45: their mean is known to 0.3.
  const effect = Array.from({ length: 750 }, (_, i) => 0.45 + (i % 2 ? 4 : -4));
  const judged = verdict({ claim: "c", effect, unit: "points" });
  strictEqual(
    judged.sentence,
    "0.45 points over 750 seeds (deviation 4), 95 % interval 0.16 to 0.74; the claim asks for at least 0 points",
  );
  deepStrictEqual(writeEffect(judged), { mean: "0.45", range: "0.16 to 0.74" });
  // Never a mean that its own interval, as written, leaves out.
  for (let spread = 0.01; spread < 1e4; spread *= 3.1) {
    const { mean, range } = writeEffect(verdict({ claim: "c", effect: [1, 1 + spread, 1 - spread / 3] }));
    const [value, low, high] = [mean, ...range!.split(" to ")].map((text) =>
      Number(text!.replace("−", "-").replaceAll(",", ""))
    );
    ok(low! <= value! && value! <= high!, `${mean}, ${range}`);
  }
  deepStrictEqual(writeEffect(verdict({ claim: "c", effect: [1.5] })), { mean: "1.5", range: undefined });
});

Deno.test("what cannot be judged is refused with what was expected", () => {
  throws(() => verdict({ claim: "it is so", effect: [1, NaN] }), /Cannot judge "it is so": .*NaN at place 1/);
  throws(
    () => verdict({ claim: "it is so", effect: [1, 2], level: 95 }),
    /^RangeError: Cannot judge "it is so" with level 95: expected a number above 0, below 1$/,
  );
  throws(
    () => verdict({ claim: "c", effect: [1], threshold: -1, direction: "within" }),
    /within -1: expected/,
  );
});
