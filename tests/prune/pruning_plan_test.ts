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
  const group = (name: string, channels: number) => ({
    name,
    channels,
    why: [`${name} is needed`, "and more"],
  });
  assert.deepEqual(stayingLines([group("a", 1), group("b", 3), group("c", 1)]), [
    "b: 3 stay, b is needed",
    "2 groups of one channel stay",
  ]);
  assert.deepEqual(stayingLines([group("a", 1)]), ["1 group of one channel stays"]);
  assert.deepEqual(stayingLines([]), []);
});

Deno.test("a latency that was measured on a busy machine is told with a warning", () => {
  const took = { engine: "native", device: "a processor", batch: 1, runs: 40, quartiles: [1, 2] } as const;
  const line = (low: number, high: number) => {
    const latency = {
      ratio: 0.56,
      quartiles: [low, high] as [number, number],
      before: { ...took, median: 1339, quartiles: [1000, 2000] as [number, number] },
      after: { ...took, median: 75.71, quartiles: [70, 80] as [number, number] },
      trials: 10,
      seconds: 115,
    };
    return String(new PruningPlan({ ...plan(100), latency })).split("\n")[1]!;
  };
  assert.equal(
    line(0.54, 0.58),
    "Expect 0.56 of the latency (middle half 0.54 to 0.58): 1,340 ms → 75.7 ms on native, batch 1, 40 rounds; " +
      "10 models measured in 115 s",
  );
  assert.match(line(0.4, 0.72), /in 115 s; the machine was busy: plan again when it is not$/);
});
