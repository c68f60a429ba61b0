/** What the notebook's rows must say; they are read from the store where it ran, and computed where it did not. */
import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { PRESETS } from "../../../lib/papers/agp/presets.ts";
import { rowsWhere } from "../../../lib/papers/agp/evidence.ts";
import { mean } from "../../../lib/statistics/describe.ts";
import { tagged } from "../../tags.ts";

const units = unitsOf(PRESETS.quick, { seed: 0 });
const SEEDS = [0, 1, 2];

Deno.test(
  tagged("the thresholds that a method which adapts must pass, over three seeds", "slow"),
  async () => {
    const chosen = units.trainings.filter(({ spec }) =>
      SEEDS.includes(spec.seed) && spec.network === "directed" && spec.tokenPrice === undefined &&
      spec.labels !== "first success"
    );
    const { rows, failures } = await run({ units: chosen });
    assert.deepEqual(failures, []);
    const own = (labels: Parameters<typeof rowsWhere>[1]) => {
      const found = rowsWhere(rows, labels);
      assert.equal(found.length, SEEDS.length, JSON.stringify(labels));
      return found;
    };
    const exact = own({ labels: "exact" });
    assert.ok(exact.every(({ regret }) => regret <= 0.005));
    assert.ok(mean(own({}).map(({ utility }) => utility)) > 0.7842);
    assert.ok(mean(own({ labels: "first stage, halving" }).map(({ utility }) => utility)) > 0.7842);
    for (const row of [...exact, ...own({})]) assert.equal(row.saboteur, 0);
    for (const row of [...own({ labels: "shuffled" }), ...own({ labels: "exact", embeddings: "constant" })]) {
      assert.ok(row.utility <= 0.7842, `${row.labels}, ${row.embeddings}: ${row.utility}`);
    }
    const moved = rows.filter(({ order, execution }) => order && execution === "decoded");
    assert.equal(moved.length, SEEDS.length * PRESETS.quick.orders.length);
    for (const { utility, seed } of moved) {
      assert.ok(Math.abs(utility - exact.find((row) => row.seed === seed)!.utility) < 0.005);
    }
    // The right teams in the right order.
    for (const { teams } of exact) {
      assert.deepEqual(teams.arith!.roles, ["MathExpert"]);
      assert.deepEqual(teams.recall!.roles, ["Planner"]);
      assert.deepEqual(teams.code!.links, [["Planner", "CodeExpert"]]);
      assert.deepEqual(teams.mathcode!.links, [["MathExpert", "CodeExpert"]]);
      assert.deepEqual(teams.project!.links, [["Planner", "MathExpert"], ["MathExpert", "CodeExpert"]]);
    }
  },
);

Deno.test("where the release is not on the machine, its sections are left out", async () => {
  const folder = await Deno.makeTempDir();
  const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const [name] of before) Deno.env.set(name, folder);
    const { corpora, parity, retrained, trainings } = unitsOf(PRESETS.quick, { seed: 0 });
    assert.deepEqual([corpora, parity, retrained].map(({ length }) => length), [0, 0, 0]);
    assert.ok(trainings.length > 20);
    await Deno.mkdir(`${folder}/agp`);
    const some = unitsOf(PRESETS.quick, { seed: 0 });
    assert.deepEqual([some.corpora.length, some.parity.length], [3, 0]);
    assert.ok(some.retrained.every(({ spec }) => spec.embeddings === "n-grams"));
    // The release itself has no references; embeddings without them are still good for training.
    const files = [
      "agp-minilm/agp_minilm_embeddings_f16.safetensors",
      "agp-minilm/agp_true_embedding_reference.json",
      "agp/parity_fixtures.json",
    ];
    const expected = [["MiniLM", 0], ["MiniLM", 0], ["MiniLM", 3]];
    await Deno.mkdir(`${folder}/agp-minilm`);
    assert.equal(unitsOf(PRESETS.quick, { seed: 0 }).retrained[0]!.spec.embeddings, "n-grams");
    for (const [i, file] of files.entries()) {
      await Deno.writeTextFile(`${folder}/${file}`, "{}");
      const { retrained, parity } = unitsOf(PRESETS.quick, { seed: 0 });
      assert.deepEqual([retrained[0]!.spec.embeddings, parity.length], expected[i], file);
    }
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("from any seed on, each seed is there once, and as many as from the first", () => {
  const seedsFrom = (seed: number) => {
    const { trainings, collections, policies } = unitsOf(PRESETS.quick, { seed });
    return [trainings, collections, policies].map((own) => own.map(({ spec }) => spec.seed - seed));
  };
  for (const seed of [1, 3, 7]) assert.deepEqual(seedsFrom(seed), seedsFrom(0));
});
