import { deepEqual, equal, ok } from "node:assert/strict";
import { spent, spentOf, takeTurns } from "./turns.ts";

Deno.test("the time of processors is counted beside the one on the wall", async () => {
  let sum = 0;
  const { seconds, processor } = await spent(() => {
    for (let i = 0; i < 2e8; i++) sum += i % 3;
  });
  ok(sum > 0 && seconds > 0 && processor! > 0, `${seconds} s, ${processor} s of processors`);
});

Deno.test("contestants take turns, the first round is not counted, and who does not come back is asked no more", async () => {
  const order: string[] = [];
  const times = [5, 1, 4, 2];
  const [a, b] = await takeTurns([
    {
      name: "a",
      step: () => {
        order.push("a");
        return Promise.resolve({
          seconds: times[order.filter((name) => name === "a").length - 1]!,
          processor: 7,
        });
      },
    },
    { name: "b", step: () => (order.push("b"), Promise.resolve(undefined)) },
  ], 3);
  deepEqual(order, ["a", "b", "a", "a", "a"]);
  deepEqual(a, { name: "a", best: 1, median: 2, processor: 7 });
  deepEqual(b, { name: "b", best: undefined, median: undefined, processor: undefined });
});

Deno.test("another process tells its seconds, and its processor's where it counts them", () => {
  deepEqual(spentOf("0.5 1.25"), { seconds: 0.5, processor: 1.25 });
  deepEqual(spentOf("0.5"), { seconds: 0.5, processor: undefined });
  equal(spentOf(undefined), undefined);
});
