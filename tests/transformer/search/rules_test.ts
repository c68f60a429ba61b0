import assert from "node:assert/strict";
import { BETTER, RELEASED, ruleOf } from "../../../lib/transformer/search/rules.ts";

Deno.test("rules are found by name or taken as they are", () => {
  assert.equal(ruleOf("better"), BETTER);
  assert.equal(ruleOf("released"), RELEASED);
  const own = { ...BETTER, sweeps: 1 };
  assert.equal(ruleOf(own), own);
  const small = { favour: "size", budget: 0.5 } as const;
  assert.equal(ruleOf(small), small);
});

Deno.test("what is no rule is told with those there are, and what it lacks", () => {
  const { gate: _, mean: __, ...without } = BETTER;
  for (
    const [rule, why] of [
      ["best", /rule "best": expected "better"/],
      ["constructor", /rule "constructor"/],
      [null, /rule null/],
      [{ favour: "looks" }, /\{ favour: "looks" \}/],
      [without, /without gate, mean/],
    ] as const
  ) assert.throws(() => ruleOf(rule as string), { name: "TypeError", message: why });
});

Deno.test("fields that a rule does not have, and values that a field cannot have, are refused", () => {
  const cases: [object, string][] = [
    [{ ...BETTER, sweep: 1 }, 'Cannot call axSearch with a rule with option "sweep": did you mean "sweeps"?'],
    [{ ...BETTER, hard: "nevr" }, 'with hard "nevr": expected one of "first", "last", "never"'],
    [{ ...BETTER, layers: "topdown" }, 'with layers "topdown": expected one of "top down", "bottom up"'],
    [{ ...BETTER, mean: "batch" }, 'with mean "batch": expected one of "examples", "batches"'],
    [
      { ...BETTER, blocks: ["ffn"] },
      'with blocks ["ffn"]: expected a list of "attention", "feed-forward" or both',
    ],
    [{ ...BETTER, blocks: [] }, "with blocks []: expected a list"],
    [{ ...BETTER, blocks: ["attention", "attention"] }, "expected a list"],
    [{ ...BETTER, gate: NaN }, "with gate NaN: expected a number from 0, or Infinity"],
    [{ ...BETTER, gate: -1 }, "with gate -1:"],
    [{ ...BETTER, compare: "yes" }, 'with compare "yes": expected true or false'],
    [{ ...BETTER, strict: undefined }, "with strict undefined: expected true or false"],
    [{ ...BETTER, sweeps: 0 }, "with sweeps 0: expected a whole number from 1"],
    [{ ...BETTER, sweeps: NaN }, "with sweeps NaN:"],
    [{ ...BETTER, minWins: "most" }, 'with minWins "most": expected "majority", a number or a function'],
    [{ ...BETTER, minWins: Infinity }, "with minWins Infinity:"],
    [{ favour: "size", tolerence: 0.5 }, 'with option "tolerence": did you mean "tolerance"?'],
    [{ favour: "size", tolerance: NaN }, "with tolerance NaN: expected a number from 0"],
    [{ favour: "size", budget: "0.5" }, 'with budget "0.5": expected a number above 0, below 1'],
    [{ favour: "size", budget: 90 }, "with budget 90:"],
    [{ favour: "size", budget: 0.9, tolerance: 0.5 }, "with budget 0.9 and tolerance 0.5: with a budget"],
    [{ favour: "speed", inputShapes: [8, 64] }, "with inputShapes [8,64]: expected the shape of each input"],
  ];
  for (const [rule, why] of cases) {
    assert.throws(
      () => ruleOf(rule as typeof BETTER),
      ({ message }: Error) => message.startsWith("Cannot ") && message.includes(why) || assert.fail(message),
    );
  }
  const undefinedFields = { favour: "size", budget: 0.5, tolerance: undefined } as const;
  assert.equal(ruleOf(undefinedFields), undefinedFields);
});

Deno.test("the better rule differs from the released one where its description says", () => {
  const different = Object.keys(BETTER).filter((key) =>
    BETTER[key as keyof typeof BETTER] !== RELEASED[key as keyof typeof BETTER]
  );
  assert.deepEqual(different.toSorted(), ["compare", "gate", "hard", "mean", "restore", "sweeps"]);
});
