import assert from "node:assert/strict";
import { summaryOf } from "../../../lib/transformer/search/summary.ts";
import type { SearchTrace } from "../../../lib/transformer/search/trace.ts";

const judged = (loss: number) => ({ loss, score: undefined });
const step = (element: string, accepted: boolean) => ({ element, accepted });
const trace = (...steps: ReturnType<typeof step>[]) => ({ steps, examples: 40 }) as unknown as SearchTrace;
const blocks = [{ kind: "attention" }, { kind: "feed-forward" }] as const;
const worth = { before: judged(0.5), after: judged(0.25), confirmed: undefined, alarm: undefined, blocks };

Deno.test("what goes is counted in words, one and several", () => {
  const removed = [
    "attention.0",
    "attention.1.head.2",
    "attention.1.head.3",
    "feed-forward.1.group.0",
  ] as const;
  assert.equal(
    summaryOf(removed, trace(), worth),
    "1 block, 2 heads, 1 group of neurons can go. On the 40 examples that decided, the loss goes from 0.5000 " +
      "to 0.2500",
  );
  assert.match(
    summaryOf(["hard-attention.0"], trace(), worth),
    /^attention is to be hard in 1 layer, which takes time\./,
  );
});

Deno.test("an alarm and data that confirm have their sentences", () => {
  const confirmed = { before: judged(1), after: judged(2), examples: 7 };
  const text = summaryOf(["attention.0"], trace(), { ...worth, confirmed, alarm: "it is a majority" });
  assert.match(text, /On the 7 that confirm, it goes from 1\.000 to 2\.000\. But it is a majority$/);
  assert.match(
    summaryOf([], trace(step("a", false)), { ...worth, alarm: "it is a majority" }),
    /^Nothing can go: .* as the rule asks\. But it is a majority$/,
  );
});

Deno.test("where nothing can go, each element that was tried counts once; what confirms may have said no", () => {
  const steps = trace(step("a", false), step("a", false), step("b", false));
  assert.match(
    summaryOf([], steps, worth),
    /^Nothing can go: of 2 elements tried none makes the loss of 0\.5000/,
  );
  const confirmed = { before: judged(1), after: judged(2), examples: 7 };
  assert.match(
    summaryOf([], trace(step("a", true)), { ...worth, confirmed }),
    /what the 40 examples that decided let go raises the loss of 1\.000 on the 7 that confirm/,
  );
});

Deno.test("a kind of block that the graph does not show is said not to have been tried", () => {
  const text = summaryOf([], trace(step("a", false)), { ...worth, blocks: blocks.slice(0, 1) });
  assert.match(text, /as the rule asks\. No feed-forward block was found in the graph, so none was tried$/);
  assert.doesNotMatch(summaryOf([], trace(), worth), /No attention|No feed/);
});
