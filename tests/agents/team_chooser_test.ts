import assert from "node:assert/strict";
import {
  type Agent,
  chooseTeams,
  ngramEmbedder,
  sentenceEmbedder,
  topologyOf,
  trainTeamChooser,
  withNewAgent,
} from "../../lib/agents/mod.ts";
import { packagedModel } from "../../lib/data/mod.ts";
import { corpusOf, embeddingsOf } from "../../lib/papers/agp/files.ts";
import { loadModel, saveModel } from "../../lib/io/mod.ts";
import { Model } from "../../lib/onnx/model.ts";
import { numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { tagged } from "../tags.ts";

const agent = (role: string, persona: string): Agent => ({ role, persona });
const POOL = [
  agent("Planner", "You split work into steps."),
  agent("Mathematician", "You compute exactly."),
  agent("Programmer", "You write Python."),
];
const MATHS = [
  "How many apples are left of 12?",
  "How many miles are 3 times 17 miles?",
  "How many cents are left?",
];
const CODE = [
  "Write a function that sorts a list",
  "Write a function that counts words",
  "Write a class of stacks",
];

const found = [
  ...MATHS.map((question) => ({ question, teams: [topologyOf(3, [1], [])] })),
  ...CODE.map((question) => ({ question, teams: [topologyOf(3, [0, 2], [[0, 2]])] })),
];

Deno.test("my agents, my questions: trained on teams that were found, a chooser gives each new question its team", async () => {
  const chooser = await trainTeamChooser(POOL, found, ngramEmbedder(), { epochs: 60 });
  const [maths, code] = await chooseTeams(chooser, [
    "How many pears are left of 20?",
    "Write a function that adds",
  ]);
  assert.deepEqual(maths!.agents, [POOL[1]]);
  assert.deepEqual([code!.agents, code!.links], [[POOL[0], POOL[2]], [[0, 1]]]);
  await assert.rejects(
    () => trainTeamChooser(POOL.slice(1), found, ngramEmbedder()),
    /^RangeError: Cannot train on teams of 2 agents: expected at least one, found one of a pool of 3/,
  );
  await assert.rejects(() => trainTeamChooser(POOL, [], ngramEmbedder()), /found none/);

  // A pool with one agent more knows all that it knew, and learns the new one in a few steps.
  const critic = agent("Critic", "You look for mistakes.");
  const larger = withNewAgent(chooser, critic);
  const pairs = ({ model }: typeof chooser) => numbersOf(model.graph.initializers.get("pair.bias") as Tensor);
  assert.deepEqual(pairs(larger).filter((_, at) => at < 12 && at % 4 < 3), pairs(chooser));
  const kept = (await chooseTeams(larger, [...MATHS, ...CODE])).map(({ agents }) =>
    agents.map(({ role }) => role).filter((role) => role !== "Critic").join()
  );
  const known = [...MATHS.map(() => "Mathematician"), ...CODE.map(() => "Planner,Programmer")];
  assert.ok(kept.filter((roles, q) => roles === known[q]).length >= 5, kept.join("; "));
  const reviewed = found.map(({ question, teams: [team] }) => ({
    question,
    teams: [topologyOf(4, [0, 1, 2].filter((i) => team!.kept >> i & 1), [])],
  })).map((one, q) => q < 3 ? one : { ...one, teams: [topologyOf(4, [0, 2, 3], [[0, 2], [2, 3]])] });
  const tuned = await trainTeamChooser(larger.pool, reviewed, ngramEmbedder(), { epochs: 150, from: larger });
  const [, team] = await chooseTeams(tuned, ["How many pears are left of 20?", "Write a function that adds"]);
  assert.deepEqual(team!.agents.map(({ role }) => role), ["Planner", "Programmer", "Critic"]);
  assert.deepEqual(team!.links, [[0, 1], [1, 2]]);
  assert.throws(() => withNewAgent(chooser, POOL[0]!), /found "Planner"; rename it/);
});

Deno.test("a chooser with one agent more learns from the old teams, as they were found, and new ones", async () => {
  const chooser = await trainTeamChooser(POOL, found, ngramEmbedder(), { epochs: 60 });
  const larger = withNewAgent(chooser, agent("Tester", "You test."));
  const fresh = ["Test this", "Test that"].map((question) => ({ question, teams: [topologyOf(4, [3], [])] }));
  const grown = await trainTeamChooser(larger.pool, [...found, ...fresh], ngramEmbedder(), {
    epochs: 60,
    from: larger,
  });
  const asked = ["How many pears are left of 20?", "Write a function that adds", "Test the other"];
  assert.deepEqual((await chooseTeams(grown, asked)).map(({ agents }) => agents.map(({ role }) => role)), [
    ["Mathematician"],
    ["Planner", "Programmer"],
    ["Tester"],
  ]);
  // Without `from` nobody has said whose the shorter teams are; and longer ones are of no pool.
  await assert.rejects(
    () => trainTeamChooser(larger.pool, found, ngramEmbedder()),
    /found one of a pool of 3/,
  );
  await assert.rejects(
    () => trainTeamChooser(POOL, fresh, ngramEmbedder(), { from: chooser }),
    /found one of a pool of 4/,
  );
});

Deno.test("a chooser is its model's file, the pool and the embedder; another pool is refused", async () => {
  const chooser = await trainTeamChooser(POOL, found, ngramEmbedder(), { epochs: 20 });
  const questions = [...MATHS, ...CODE];
  const teams = await chooseTeams(chooser, questions);
  const folder = await Deno.makeTempDir();
  try {
    await saveModel(chooser.model, `${folder}/chooser.onnx`);
    const model = await loadModel(`${folder}/chooser.onnx`);
    const loaded = { pool: POOL, model, embedder: ngramEmbedder() };
    assert.deepEqual(await chooseTeams(loaded, questions), teams);
    const anonymous = { ...loaded, model: new Model(model.graph) };
    assert.deepEqual(await chooseTeams(anonymous, questions), teams);
    const refused = (other: Partial<typeof loaded>, message: RegExp) =>
      assert.rejects(() => chooseTeams({ ...loaded, ...other }, questions), message);
    await refused(
      { pool: POOL.toReversed() },
      /^RangeError: .*\(Planner, Mathematician, Programmer\), in its order, found Programmer, Math/,
    );
    await refused({ pool: POOL.slice(1) }, /trained for \(Planner, .*found Mathematician, Programmer;/);
    await refused({ ...anonymous, pool: POOL.slice(1) }, /trained for \(3 agents\), .*found Mathematician, /);
    await refused({ embedder: ngramEmbedder(64) }, /expected embeddings of 384 values, .*found 64 /);
    const larger = withNewAgent(loaded, agent("Critic", "You look for mistakes."));
    assert.equal((await chooseTeams(larger, questions)).length, questions.length);
    await assert.rejects(
      () => trainTeamChooser(POOL, found, ngramEmbedder(), { from: larger }),
      /trained for \(Planner, Mathematician, Programmer, Critic\)/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The folder of MiniLM, where it is on this machine. */
const minilm = (() => {
  try {
    return packagedModel("all-minilm-l6-v2");
  } catch {
    return undefined;
  }
})();

Deno.test({
  name: tagged("MiniLM on our BERT gives the stored vectors of AGP's questions", "slow"),
  ignore: !minilm || !dataFile("agp/train_math_reasoning.json") || !dataFile("agp-minilm"),
  async fn() {
    const { values, embed } = await sentenceEmbedder(minilm!);
    assert.equal(values, 384);
    for (const domain of ["general_reasoning", "math_reasoning", "coding"] as const) {
      const corpus = (await corpusOf(domain)).slice(0, 40);
      const { tasks } = await embeddingsOf(domain);
      for (const [i, vector] of (await embed(corpus.map(({ task }) => task))).entries()) {
        const cosine = vector.reduce((sum, value, k) => sum + value * tasks[i]![k]!, 0) /
          Math.hypot(...tasks[i]!);
        assert.ok(cosine >= 0.9999, `${domain} ${i}: ${cosine}`);
      }
    }
  },
});
