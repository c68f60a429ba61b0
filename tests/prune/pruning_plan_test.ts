import assert from "node:assert/strict";
import { PruningPlan, stayingLines } from "../../lib/prune/pruning_plan.ts";

const plan = (macs: number) =>
  new PruningPlan({
    target: { macs: 0.5 },
    groups: [
      { id: 0, name: "a", channels: 8, removed: [1, 2, 3], importance: new Float64Array(8) },
      { id: 2, name: "c", channels: 4, removed: [], importance: new Float64Array(4) },
    ],
    protected: [{ name: "b", channels: 3, why: ["it is to be ignored", "and more"] }],
    boundaries: [{ node: "TopK", op: "TopK" }],
    before: { macs, parameters: 200, bytes: 800 },
    after: { macs: 50, parameters: 150, bytes: 640 },
    reachable: { macs: 10, parameters: 20, bytes: 80 },
    checksum: "1",
  });

Deno.test("a plan says what it keeps, what goes, what stays and why", () => {
  assert.deepEqual(String(plan(100)).split("\n"), [
    "Keeps 50.0 % of MACs, 75.0 % of parameters, 80.0 % of bytes; removes 3 of 12 channels in 2 groups",
    "a: 8 → 5",
    "b: 3 stay, it is to be ignored",
    "boundary: TopK",
  ]);
  assert.match(String(plan(NaN)), /^Keeps an unknown part of MACs, 75/);
});

Deno.test("groups of one channel, which have nothing to lose, are counted and not listed", () => {
  const group = (name: string, channels: number) => ({ name, channels, why: `${name} is needed` });
  assert.deepEqual(stayingLines([group("a", 1), group("b", 3), group("c", 1)]), [
    "b: 3 stay, b is needed",
    "2 groups of one channel stay",
  ]);
  assert.deepEqual(stayingLines([group("a", 1)]), ["1 group of one channel stays"]);
  assert.deepEqual(stayingLines([]), []);
});
