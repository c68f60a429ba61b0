import assert from "node:assert/strict";
import {
  chanceOfBelief,
  chanceOfDecision,
  chanceOfStep,
  heard,
} from "../../../lib/agents/simulation/behaviour.ts";
import { SIMULATED_TASKS, SIMULATED_WORLD } from "../../../lib/agents/simulation/world.ts";
import { assertClose, REORDERED_FLOAT64 } from "../../close.ts";

const [generalist, , , coder, saboteur] = SIMULATED_WORLD.agents;

Deno.test("each error is another chance to believe one; a saboteur errs without any", () => {
  const chances = [0, 1, 2].map((errors) => chanceOfBelief(generalist!, errors));
  assertClose(chances, [0, 0.3, 1 - 0.7 * 0.7], REORDERED_FLOAT64);
  assert.equal(chanceOfBelief(saboteur!, 0), 1);
});

Deno.test("a step succeeds by the skill it needs, less for each message above two", () => {
  const { code, hardcode } = SIMULATED_TASKS; // planning, then code
  const chance = (task: typeof code, step: number, messages: number) =>
    chanceOfStep(SIMULATED_WORLD, task, coder!, { step, messages });
  assertClose(
    [chance(code, 0, 2), chance(code, 1, 0), chance(code, 1, 4), chance(hardcode, 1, 3)],
    [0.4, 0.95, 0.95 * 0.93 ** 2, 0.95 ** 2 * 0.93],
    REORDERED_FLOAT64,
  );
  assert.equal(chance({ ...code, steps: ["unknown"] }, 0, 0), 0);
});

Deno.test("the many decide, one of each is a coin, and nobody is a guess", () => {
  const decided = [[2, 1], [1, 2], [1, 1], [0, 0]].map(([done, errors]) =>
    chanceOfDecision(SIMULATED_WORLD, done!, errors!)
  );
  assert.deepEqual(decided, [1, 0, 0.5, 0.1]);
});

Deno.test("what is heard: silent calls are no messages, errors have no level", () => {
  const lost = { error: -1, silent: -2 };
  assert.deepEqual(heard([0, 1, 2, 3], [2, -1, -2, 1, 9], lost), { messages: 3, errors: 1, level: 2 });
  assert.deepEqual(heard([], [2], lost), { messages: 0, errors: 0, level: 0 });
});
