import assert from "node:assert/strict";
import { plans } from "../../../../lib/papers/compressed_lrm/matrices/protection.ts";
import { weightsOfLayers } from "../../../../lib/papers/compressed_lrm/matrices/matrix_name.ts";

const SIZES: Record<string, number> = { q: 64, k: 32, v: 32, o: 64, gate: 176, up: 176, down: 176 };

/** Three layers; what a weight costs grows with its place. */
const alone = weightsOfLayers(3).map((weight, place) => {
  const size = SIZES[/(\w+)_proj/.exec(weight)![1]!]!;
  return { weight, size, losses: [0.5 * size * (place + 1), 1.5 * size * (place + 1)] };
});
const total = alone.reduce((sum, { size }) => sum + size, 0);
const room = 3 * 176;

Deno.test("no rule keeps more weights than the last MLP has, and bits in its place take no more bytes", () => {
  const found = plans(alone, { bits: 3, draws: 4 });
  assert.deepEqual(
    found.map(({ rule }) => rule),
    ["nothing", "last", "most", "least", "random", "random", "random", "random", "bits"],
  );
  for (const { rule, kept, widths } of found) {
    const held = kept.reduce((sum, { size }) => sum + size, 0);
    const names = kept.map(({ weight }) => weight);
    assert.ok(
      held <= room && (held > 0.9 * room || rule === "nothing" || rule === "bits"),
      `${rule}: ${held}`,
    );
    assert.deepEqual(
      new Set([...names, ...Object.keys(widths)]),
      new Set(alone.map(({ weight }) => weight)),
    );
    if (rule !== "bits") {
      assert.ok(Object.values(widths).every((width) => width === 3));
      continue;
    }
    const spent = alone.reduce((sum, { weight, size }) => sum + size * widths[weight]!, 0);
    const budget = 3 * (total - room) + 16 * room;
    assert.ok(spent <= budget && spent > 0.97 * budget, `${spent} of ${budget}`);
  }
});

Deno.test("the last MLP is the last layer's; the dearest and the cheapest are so weight by weight", () => {
  const kept = (rule: string) =>
    plans(alone, { bits: 3, draws: 1 }).find((plan) => plan.rule === rule)!.kept.map(({ weight }) => weight);
  assert.deepEqual(kept("last").sort(), [
    "model.layers.2.mlp.down_proj.weight",
    "model.layers.2.mlp.gate_proj.weight",
    "model.layers.2.mlp.up_proj.weight",
  ]);
  assert.deepEqual(
    kept("most"),
    kept("last").toSorted((a, b) =>
      alone.findIndex((x) => x.weight === b) -
      alone.findIndex((x) => x.weight === a)
    ),
  );
  assert.equal(kept("least")[0], alone[0]!.weight);
  assert.ok(kept("least").every((weight) => !kept("last").includes(weight)));
  const draws = plans(alone, { bits: 3, draws: 2 }).filter(({ rule }) => rule === "random");
  assert.notDeepEqual(draws[0]!.kept, draws[1]!.kept);
});
