/** What the notebook's rows must say; they are read from the store where it ran, and computed where it did not. */
import assert from "node:assert/strict";
import { canonicalJson } from "../../../lib/files/canonical_json.ts";
import { run } from "../../../lib/experiment/mod.ts";
import { MAIN_TASKS } from "../../../lib/agents/simulation/world.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { PRESETS } from "../../../lib/papers/agp/presets.ts";
import { rowsWhere } from "../../../lib/papers/agp/evidence.ts";
import { stageTwo } from "../../../lib/papers/agp/stage_two.ts";
import { silent } from "../../../lib/progress.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { mean } from "../../../lib/statistics/describe.ts";
import { assertClose } from "../../close.ts";
import { tagged } from "../../tags.ts";

const units = unitsOf(PRESETS.quick, { seed: 0 });
const SEEDS = [0, 1, 2];

/** Utility, accuracy and tokens of what does not learn, as an independent enumeration has them. */
const FIXED: Record<string, [utility: number, accuracy: number, tokens: number]> = {
  "the best team of each type": [.8270, .9045, 1551],
  "best fixed graph (Planner → MathExpert → CodeExpert)": [.7842, .9078, 2473],
  "four honest, chain": [.7574, .9187, 3225],
  "four honest, complete": [.7047, .8922, 3750],
  "four honest, no links": [.6349, .7689, 2680],
  "all five, chain": [.6155, .8224, 4137],
  "all five, complete": [.5459, .8063, 5207],
  "all five, star": [.5078, .7107, 4057],
  "all five, no links": [.4154, .5793, 3277],
  "Generalist alone": [.4867, .5271, 809],
};

Deno.test(tagged("fixed graphs are worth what an independent program says", "slow"), async () => {
  const { rows, failures } = await run({ units: [units.baselines] });
  assert.deepEqual(failures, []);
  for (const [name, [utility, accuracy, tokens]] of Object.entries(FIXED)) {
    const row = rows.find((row) => row.name === name)!;
    assertClose([row.utility, row.accuracy], [utility, accuracy], { absolute: 5.1e-5, relative: 0 });
    assert.ok(Math.abs(row.tokens - tokens) <= 0.5, `${name}: ${row.tokens}`);
  }
  const first = rows.find(({ name }) => name === "all five, complete, saboteur first")!;
  assertClose(Object.values(first.byTask), [.518, .604, .420, .355, .312], { absolute: 6e-4, relative: 0 });
});

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

Deno.test(
  tagged("the first stage loses what an independent program lost, by how often it runs each team", "slow"),
  async () => {
    const wanted: Record<string, number> = { "200 1": .304, "2000 1": .275, "200 16": .075, "2000 16": .054 };
    const chosen = units.collections.filter(({ spec }) =>
      spec.strategy === "paper" && SEEDS.includes(spec.seed)
    );
    const { rows, failures } = await run({ units: chosen });
    assert.deepEqual(failures, []);
    for (const [size, regret] of Object.entries(wanted)) {
      const own = rows.filter(({ graphs, repeats }) => `${graphs} ${repeats}` === size);
      assert.equal(own.length, SEEDS.length);
      const found = mean(own.map((row) => row.regret));
      assert.ok(Math.abs(found - regret) < 0.015, `${size}: ${found}`);
    }
  },
);

Deno.test(
  tagged("a unit's second stage is that of this process, and keeps its network", "slow"),
  async () => {
    const store = await Deno.makeTempDir();
    const runtime = await openRuntime({ engine: "native", threads: 1 });
    try {
      const [main] = units.trainings.filter(({ spec }) =>
        spec.labels === "exact" && spec.network === "directed"
      );
      const short = { ...main!, spec: { ...main!.spec, steps: 20 } };
      const results = await run({ units: [...units.enumerations, short], store, engine: "native" });
      assert.deepEqual(results.failures, []);
      const rows = units.enumerations.flatMap((one) => results.rowsOf(one)).filter(({ tokenPrice }) =>
        tokenPrice === 0.05
      );
      const best = Object.fromEntries(rows.map((row) => [row.task, row]));
      const found = MAIN_TASKS.flatMap((task) =>
        Array.from({ length: 40 }, () => ({ task, teams: [best[task]!.team] }))
      );
      const here = await stageTwo(short.spec, { found, best, runtime, progress: silent });
      assert.equal(
        canonicalJson(results.rowsOf(short)),
        canonicalJson(JSON.parse(JSON.stringify(here.rows))),
      );
      assert.deepEqual(await results.product(short), here.model.toOnnx());
      assert.deepEqual(here.rows.map(({ execution }) => execution), [
        "decoded",
        "no link head",
        "no keep head",
      ]);
    } finally {
      await runtime.close();
      await Deno.remove(store, { recursive: true });
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
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
});
