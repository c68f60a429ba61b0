import assert from "node:assert/strict";
import {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  SIMULATED_WORLD_OF_NINE,
} from "../../../lib/agents/simulation/world.ts";

const worlds = [SIMULATED_WORLD, SIMULATED_WORLD_OF_NINE];

Deno.test("chances of the worlds are chances, roles are told apart, and one agent alone is a saboteur", () => {
  for (const { agents, crowding, guess } of worlds) {
    assert.equal(new Set(agents.map(({ role }) => role)).size, agents.length);
    assert.deepEqual(agents.filter(({ alwaysWrong }) => alwaysWrong).map(({ role }) => role), ["Saboteur"]);
    const chances = agents.flatMap(({ skills, confidentError, gullibility }) => [
      ...Object.values(skills),
      confidentError,
      gullibility,
    ]);
    assert.ok([...chances, crowding, guess].every((chance) => chance >= 0 && chance <= 1));
  }
  assert.deepEqual(SIMULATED_WORLD_OF_NINE.agents.slice(0, 5), SIMULATED_WORLD.agents);
});

Deno.test("every step of every type asks for a skill that somebody has", () => {
  for (const { steps } of Object.values(SIMULATED_TASKS)) {
    for (const step of steps) {
      assert.ok(worlds.every(({ agents }) => agents.some(({ skills }) => (skills[step] ?? 0) > 0.9)), step);
    }
  }
  const others = Object.keys(SIMULATED_TASKS).filter((name) => !MAIN_TASKS.some((main) => main === name));
  assert.deepEqual(others, ["easy", "hardcode"]);
});
