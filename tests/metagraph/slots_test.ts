import assert from "node:assert/strict";
import { CHOICES, columnOf, SLOTS } from "../../lib/metagraph/slots.ts";

Deno.test("each slot that a parameter may take is a column, with the value that changes nothing", () => {
  const names = Object.values(CHOICES).flat(2);
  for (const name of names) assert.equal(SLOTS[columnOf(name)]!.name, name);
  assert.equal(new Set(SLOTS.map(({ name }) => name)).size, SLOTS.length);
  // γ (x − μ) / √σ² + β is x where γ = σ² = 1 and μ = β = 0.
  const neutral = (part: string) => part === "scale" || part === "variance" ? 1 : 0;
  for (const { name, otherwise } of SLOTS) assert.equal(otherwise, neutral(name.split(".")[1] ?? ""), name);
});
