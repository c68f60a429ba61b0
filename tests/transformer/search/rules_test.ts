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

Deno.test("the better rule differs from the released one where its description says", () => {
  const different = Object.keys(BETTER).filter((key) =>
    BETTER[key as keyof typeof BETTER] !== RELEASED[key as keyof typeof BETTER]
  );
  assert.deepEqual(different.toSorted(), ["compare", "gate", "hard", "mean", "restore", "sweeps"]);
});
