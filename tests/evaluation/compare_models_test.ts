import assert from "node:assert/strict";
import { compareModels } from "../../lib/evaluation/compare_models.ts";
import { graded, thirty } from "./graded.ts";

Deno.test("compressed against dense, question by question: McNemar's test, and the difference's interval", () => {
  const worse = thirty.map((_, i) => graded({ method: "2 bits", item: i, right: i < 10 }));
  const [row] = compareModels([...thirty, ...worse]);
  assert.deepEqual([row!.method, row!.items, row!.test], ["2 bits", 30, "mcnemar"]);
  assert.ok(Math.abs(row!.difference + 0.2) < 1e-12);
  assert.ok(Math.abs(row!.p - 2 * 0.5 ** 6) < 1e-12); // six lost, none won: 2 · (1/2)⁶
  assert.ok(row!.interval.low < -0.3 && row!.interval.high < -0.05, JSON.stringify(row!.interval));
  const runs = (method: string, right: (item: number, run: number) => boolean) =>
    [0, 1].flatMap((run) =>
      Array.from({ length: 6 }, (_, item) => graded({ method, item, run, right: right(item, run) }))
    );
  const [means] = compareModels([...runs("dense", () => true), ...runs("50 %", (_, run) => run === 0)]);
  // Six differences of −1/2: of the 2⁶ flips two are as far from 0.
  assert.deepEqual([means!.test, means!.difference, means!.p], ["sign-flip", -0.5, 2 / 64]);
  assert.throws(() => compareModels(worse), /expected answers of m, dense/);
});
