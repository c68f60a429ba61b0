import assert from "node:assert/strict";
import { CODE_POOL, GENERAL_POOL, MATHS_POOL } from "../../../lib/agents/asking/pools.ts";
import { DOMAINS } from "../../../lib/papers/agp/domains.ts";

Deno.test("the pools have the roles of AGP's release, in its order, each with a persona of its own", () => {
  const pools = [GENERAL_POOL, MATHS_POOL, CODE_POOL];
  const roles = [DOMAINS.general_reasoning, DOMAINS.math_reasoning, DOMAINS.coding].map((
    { roles },
  ) => [...roles]);
  assert.deepEqual(pools.map((pool) => pool.map(({ role }) => role)), roles);
  const personas = pools.flat().map(({ persona }) => persona);
  assert.equal(new Set(personas).size, personas.length);
});
