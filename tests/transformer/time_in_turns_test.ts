import assert from "node:assert/strict";
import { timeInTurns } from "../../lib/transformer/mod.ts";
import { feedsFor, network } from "./networks.ts";

Deno.test("What cannot be timed is told: no list of batches, no number of runs", async () => {
  const model = await network("our bert");
  const feeds = feedsFor(model);
  const cases: [unknown, object, string][] = [
    [feeds, {}, "Cannot time models on an Object: expected a list of batches, at least one"],
    [[], {}, "Cannot time models on a list of 0: expected a list of batches"],
    [undefined, {}, "Cannot time models on nothing:"],
    [[feeds], { runs: 0 }, "Cannot time models with runs 0: expected a whole number from 1"],
    [[feeds], { runs: 1.5 }, "with runs 1.5:"],
    [[feeds], { warmUp: -1 }, "Cannot time models with warmUp -1: expected a whole number from 0"],
  ];
  for (const [batches, options, why] of cases) {
    await assert.rejects(
      timeInTurns(model, model, batches as never, options),
      ({ name, message }: Error) => name === "RangeError" && message.includes(why) || assert.fail(message),
    );
  }
  const { ratios, before } = await timeInTurns(model, model, [feeds], { runs: 2, warmUp: 0 });
  assert.equal(ratios.length, 2);
  assert.ok(before.median > 0);
});
