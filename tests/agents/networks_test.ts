import assert from "node:assert/strict";
import {
  agentSpread,
  agpLoss,
  decodeTeam,
  directedNetwork,
  labelOf,
  labelTensors,
  linkLoss,
  linksOf,
  networkInput,
  releasedFreeze,
  releasedNetwork,
  sampleReleased,
  speakingOrder,
  topologyOf,
} from "../../lib/agents/mod.ts";
import { trainPolicy } from "../../lib/agents/networks/policy.ts";
import { positionsOf } from "../../lib/agents/topology.ts";
import { inFloat64 } from "../../lib/onnx/passes/in_float64.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { isTensor, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const ROLE_GRAPH = [[0, 0, 1, 0], [1, 0, 1, 1], [1, 0, 0, 1], [1, 1, 1, 0]];
const EMBEDDING = 6;

/** A model whose weights are all drawn anew, biases too, in float64. */
function drawn(model: Model, seed: number, deviation = 1): Model {
  const random = seededRandom(seed);
  const learned = new Set(weightsOf(model).map(({ name }) => name));
  const wide = inFloat64(model);
  const initializers = new Map(wide.graph.initializers);
  for (const name of learned) {
    const tensor = initializers.get(name)!;
    assert.ok(isTensor(tensor));
    const data = Float64Array.from({ length: tensor.data.length }, () => random.normal(0, deviation));
    initializers.set(name, new Tensor("float64", data, tensor.dims));
  }
  return wide.withGraph({ ...wide.graph, initializers });
}

const relu = (x: number) => Math.max(0, x);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Linear layers of a model by name, in plain loops. */
function denseOf(model: Model): (rows: number[][], name: string, bias?: boolean) => number[][] {
  const numbers = (name: string) => numbersOf(model.graph.initializers.get(name) as Tensor);
  return (rows, name, bias = true) => {
    const weight = numbers(`${name}.weight`);
    const size = rows[0]!.length;
    const shift = bias ? numbers(`${name}.bias`) : [];
    return rows.map((row) =>
      Array.from(
        { length: weight.length / size },
        (_, o) => row.reduce((sum, value, i) => sum + value * weight[o * size + i]!, shift[o] ?? 0),
      )
    );
  };
}

/** The released network for one question, in plain loops. */
function plainReleased(model: Model, x: number[][], roles: number[][]): { keep: number[]; edges: number[] } {
  const numbers = (name: string) => numbersOf(model.graph.initializers.get(name) as Tensor);
  const dense = denseOf(model);
  const self = roles.map((row, i) => row.map((entry, j) => i === j ? 1 : entry));
  const degree = self.map((_, j) => self.reduce((sum, row) => sum + row[j]!, 0));
  const convolve = (rows: number[][], name: string) => {
    const sent = dense(rows, `${name}.lin`, false);
    const bias = numbers(`${name}.bias`);
    return sent.map((_, j) =>
      bias.map((shift, k) =>
        sent.reduce((sum, row, i) => sum + self[i]![j]! / Math.sqrt(degree[i]! * degree[j]!) * row[k]!, shift)
      )
    );
  };
  const map = (rows: number[][], f: (value: number) => number) => rows.map((row) => row.map(f));
  const first = map(convolve(x, "gcn.conv1"), relu);
  const second = convolve(first, "gcn.conv2").map((row) => {
    const log = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    return row.map((value) => value - log);
  });
  const keep = dense(map(dense(first, "gcn.mask_head.0"), relu), "gcn.mask_head.2").map(([logit]) =>
    sigmoid(logit!)
  );
  const code = dense(map(dense(second, "mlp.fc1"), relu), "mlp.fc2");
  const gram = code.flatMap((a) => code.map((b) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)));
  const [low, high] = [Math.min(...gram), Math.max(...gram)];
  return { keep, edges: gram.map((value) => sigmoid(2 * (value - low) / (high - low) - 1)) };
}

Deno.test("the released network says what plain loops say", async () => {
  const model = drawn(releasedNetwork({ roleGraph: ROLE_GRAPH, embedding: EMBEDDING }), 5);
  const random = seededRandom(6);
  const x = ROLE_GRAPH.map(() => Array.from({ length: 2 * EMBEDDING }, () => random.normal()));
  const input = new Tensor("float64", Float64Array.from(x.flat()), [1, 4, 2 * EMBEDDING]);
  const { keep, edges } = await runModel(model, { input });
  const plain = plainReleased(model, x, ROLE_GRAPH);
  // The factors of neighbours are stored in float32.
  assertClose(numbersOf(keep!), plain.keep, REORDERED_FLOAT32);
  assertClose(numbersOf(edges!), plain.edges, REORDERED_FLOAT32);
  assert.equal(releasedNetwork({ roleGraph: ROLE_GRAPH }).graph.values.get("input")!.shape![2], 768);
  assert.throws(
    () => releasedNetwork({ roleGraph: [[0, 1]] }),
    /^RangeError: Cannot build the network: expected a role graph/,
  );
});

Deno.test("the released network has as many learned numbers as its files, and trains all but the MLP", () => {
  const weights = weightsOf(releasedNetwork({ roleGraph: ROLE_GRAPH }));
  const count = (own: typeof weights) => own.reduce((sum, { tensor }) => sum + tensor.data.length, 0);
  assert.equal(count(weights), 26_417);
  assert.equal(
    count(weights.filter((weight) => !releasedFreeze(weight))),
    26_417 - (16 * 384 + 16 + 16 * 16 + 16),
  );
});

Deno.test("the directed network says what plain loops say", async () => {
  const model = drawn(directedNetwork({ agents: 4, embedding: EMBEDDING, width: 5 }), 11, 0.3);
  const [random, dense] = [seededRandom(12), denseOf(model)];
  const x = ROLE_GRAPH.map(() => Array.from({ length: 2 * EMBEDDING }, () => random.normal()));
  const own = dense(x, "encoder").map((row) => row.map(relu));
  const beside = own.map((row, i) => [
    ...row,
    ...row.map((_, k) => own.reduce((sum, other, j) => j === i ? sum : sum + other[k]! / 3, 0)),
  ]);
  const codes = dense(beside, "context").map((row, i) => [...own[i]!, ...row.map(relu)]);
  const [speaks, listens] = [dense(codes, "speaks"), dense(codes, "listens")];
  const pairs = numbersOf(model.graph.initializers.get("pair.bias") as Tensor);
  const edges = speaks.flatMap((from, i) =>
    listens.map((to, j) =>
      sigmoid(from.reduce((sum, value, k) => sum + value * to[k]!, 0) / 4 + pairs[4 * i + j]!)
    )
  );
  const input = new Tensor("float64", Float64Array.from(x.flat()), [1, 4, 2 * EMBEDDING]);
  const said = await runModel(model, { input });
  assertClose(
    numbersOf(said.keep!),
    dense(codes, "keep_head").map(([logit]) => sigmoid(logit!)),
    REORDERED_FLOAT32,
  );
  assertClose(numbersOf(said.edges!), edges, REORDERED_FLOAT32);
});

Deno.test("the directed network follows its agents when they change places, and links have a direction", async () => {
  const model = drawn(directedNetwork({ agents: 4, embedding: EMBEDDING, width: 5 }), 7, 0.3);
  const pairs = model.graph.initializers.get("pair.bias") as Tensor;
  (pairs.data as Float64Array).fill(0);
  const random = seededRandom(8);
  const rows = Array.from({ length: 4 }, () => Array.from({ length: 2 * EMBEDDING }, () => random.normal()));
  const order = [2, 0, 3, 1];
  const say = async (x: number[][]) => {
    const input = new Tensor("float64", Float64Array.from(x.flat()), [1, 4, 2 * EMBEDDING]);
    const { keep, edges } = await runModel(model, { input });
    return { keep: numbersOf(keep!), edges: numbersOf(edges!) };
  };
  const [one, other] = [await say(rows), await say(order.map((i) => rows[i]!))];
  assertClose(other.keep, order.map((i) => one.keep[i]!), REORDERED_FLOAT32);
  assertClose(other.edges, order.flatMap((i) => order.map((j) => one.edges[4 * i + j]!)), REORDERED_FLOAT32);
  assert.ok(Math.abs(one.edges[1]! - one.edges[4]!) > 1e-3, "a link and its reverse are one");
});

/** The value of a loss for given chances, computed by a network that says its input. */
async function lossOf(
  loss: ReturnType<typeof agpLoss>,
  keep: number[],
  edges: number[],
  label: ReturnType<typeof labelOf>,
) {
  const { GraphBuilder } = await import("../../lib/onnx/builder.ts");
  const g = new GraphBuilder("said");
  const n = keep.length;
  g.output(g.identity(g.input("k", "float32", ["batch", n])), "keep");
  g.output(g.identity(g.input("e", "float32", ["batch", n, n])), "edges");
  const inputs = {
    k: new Tensor("float32", Float32Array.from(keep), [1, n]),
    e: new Tensor("float32", Float32Array.from(edges), [1, n, n]),
  };
  return (await evaluate(g.model(), { inputs, targets: labelTensors([label]) }, { loss })).loss!;
}

Deno.test("the losses are what their formulas say, also where nobody is kept", async () => {
  const [keep, edges] = [[0.8, 0.6, 0.3], [0.5, 0.7, 0.4, 0.2, 0.5, 0.6, 0.3, 0.1, 0.9]];
  const label = { keep: [1, 1, 0], links: [[0, 1, 0], [0, 0, 0], [0, 0, 0]] };
  const log = Math.log;
  const cross = -(log(0.8) + log(0.6) + log(0.7)) / 3;
  // Kept pairs: (0, 0), (0, 1), (1, 0), (1, 1); the diagonal is nothing against nothing.
  const positive = (0.3 ** 2 + 0.2 ** 2) / 4;
  const off = (0.4 ** 2 + 0.6 ** 2 + 0.3 ** 2 + 0.1 ** 2) / 5;
  const expected = positive + off + cross + 0.05 * (1.7 / 3) + 0.01 * (0.3 + 0.1) / 9;
  assertClose([await lossOf(agpLoss(3), keep, edges, label)], [expected], REORDERED_FLOAT32);
  assertClose(
    [await lossOf(linkLoss(3), keep, edges, label)],
    [cross - (log(0.7) + log(0.8)) / 2],
    REORDERED_FLOAT32,
  );
  const nobody = { keep: [0, 0, 0], links: label.links };
  const none = -(log(0.2) + log(0.4) + log(0.7)) / 3;
  assertClose([await lossOf(linkLoss(3), keep, edges, nobody)], [none], REORDERED_FLOAT32);
  assert.ok(Number.isFinite(await lossOf(agpLoss(3), keep, edges, nobody)));
});

Deno.test("a team is decoded from the likeliest link down, without circles and without an order of agents", () => {
  const keep = [0.9, 0.6, 0.4, 0.8];
  const edges = [
    [0, 0.7, 0.99, 0.6],
    [0.8, 0, 0, 0.2],
    [0.9, 0.9, 0, 0.9],
    [0.55, 0.95, 0, 0],
  ];
  const { topology, wasEmpty } = decodeTeam({ keep, edges: edges.flat() });
  assert.deepEqual([positionsOf(topology.kept), wasEmpty], [[0, 1, 3], false]);
  // 3 → 1 and 1 → 0 leave no room for 0 → 1 and 0 → 3; 3 → 0 closes no circle.
  assert.deepEqual(linksOf(topology).map(String).sort(), ["1,0", "3,0", "3,1"]);
  const order = [3, 1, 0, 2];
  const moved = decodeTeam({
    keep: order.map((i) => keep[i]!),
    edges: order.flatMap((i) => order.map((j) => edges[i]![j]!)),
  });
  assert.deepEqual(
    linksOf(moved.topology).map(([from, to]) => `${order[from]},${order[to]}`).sort(),
    ["1,0", "3,0", "3,1"],
  );
  const nobody = decodeTeam({ keep: [0.2, 0.4], edges: [0, 1, 1, 0] });
  assert.deepEqual(nobody, { topology: { kept: 2, parents: [0, 0] }, wasEmpty: true });
  assert.throws(
    () => decodeTeam({ keep: [NaN], edges: [0] }),
    /^RangeError: Cannot make a team: expected chances, found NaN/,
  );
});

Deno.test("the release's drawing runs everybody, and whoever comes first speaks to the others", () => {
  const random = seededRandom(9);
  const keep = [0.6, 0.56, 0.54];
  const edges = new Array<number>(9).fill(0.5);
  let [forth, back] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const { topology, executed, open } = sampleReleased({ keep, edges }, random);
    assert.deepEqual([topology.kept, executed.kept], [0b011, 0b111]);
    speakingOrder(topology);
    const links = linksOf(topology).map(String);
    assert.ok(open.length === (links.includes("0,1") ? 1 : 2));
    if (links.includes("0,1")) forth++;
    if (links.includes("1,0")) back++;
  }
  // One half, and one half of what is left; five deviations of 4,000 draws.
  assert.ok(Math.abs(forth / 4000 - 0.5) < 0.04 && Math.abs(back / 4000 - 0.25) < 0.04, `${forth}, ${back}`);
});

Deno.test("agents that are all alike have no spread, agents that differ alone have all of it", () => {
  assert.equal(agentSpread([1, 2, 1, 2, 5, 6, 5, 6], [2, 2, 2]), 0);
  assert.equal(agentSpread([1, 2, 3, 4, 1, 2, 3, 4], [2, 2, 2]), 1);
});

const QUESTIONS = 8;

/** Questions of two types, and three roles, as unit vectors. */
function examples() {
  const unit = (at: number) => Float32Array.from({ length: EMBEDDING }, (_, i) => Number(i === at));
  const questions = Array.from({ length: QUESTIONS }, (_, q) => unit(q % 2));
  return { roles: [unit(2), unit(3), unit(4)], questions };
}

Deno.test("the directed network learns another team for each type of questions", async () => {
  const { roles, questions } = examples();
  const teams = questions.map((_, q) => q % 2 ? topologyOf(3, [1], []) : topologyOf(3, [0, 2], [[2, 0]]));
  const inputs = networkInput(roles, questions);
  const { model } = await fit(directedNetwork({ agents: 3, embedding: EMBEDDING }), {
    inputs,
    targets: labelTensors(teams.map(labelOf)),
  }, {
    epochs: 60,
    batchSize: 4,
    loss: linkLoss(3),
    optimizer: adamW({ weightDecay: 0 }),
    schedule: constantRate(0.02),
  });
  const { keep, edges } = await runModel(model, { input: inputs });
  for (const [q, team] of teams.entries()) {
    const said = {
      keep: numbersOf(keep!).slice(3 * q, 3 * q + 3),
      edges: numbersOf(edges!).slice(9 * q, 9 * q + 9),
    };
    assert.deepEqual(decodeTeam(said), { topology: team, wasEmpty: false });
  }
});

Deno.test("policy gradient makes links likelier that were there when answers were right", async () => {
  const { roles, questions } = examples();
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  const start = releasedNetwork({
    roleGraph: [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    embedding: EMBEDDING,
    seed: 2,
  });
  const input = networkInput(roles, questions);
  const chances = async (model: Model) =>
    numbersOf((await runModel(model, { input }, { runtime })).edges!).slice(0, 9);
  const before = await chances(start);
  // The least likely of the links 0 → 1, 0 → 2 and 1 → 2.
  const [from, to] = ([[0, 1], [0, 2], [1, 2]] as const).reduce((a, b) =>
    before[3 * a[0] + a[1]]! < before[3 * b[0] + b[1]]! ? a : b
  );
  const trained = await trainPolicy(start, {
    steps: 60,
    rate: 0.02,
    questions: () => input,
    ask: ({ parents }) => parents[to]! >> from & 1, // right where the link is there
    random: seededRandom(4),
    runtime,
  });
  const after = await chances(trained);
  await runtime.close();
  const link = 3 * from + to;
  assert.ok(after[link]! > before[link]! + 0.05, `from ${before[link]} to ${after[link]}`);
});

Deno.test("where the step's session does not load, training by policy leaves no session behind", async () => {
  const { roles, questions } = examples();
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  const open: number[] = [];
  let opened = 0;
  const counting: Runtime = {
    ...runtime,
    async session(...given) {
      if (opened++ === 1) throw new Error("no room");
      const session = await runtime.session(...given);
      open.push(1);
      return { ...session, release: () => session.release().finally(() => open.pop()) };
    },
  };
  const start = releasedNetwork({
    roleGraph: [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    embedding: EMBEDDING,
    seed: 2,
  });
  const options = {
    steps: 1,
    rate: 0.02,
    questions: () => networkInput(roles, questions),
    ask: () => 1,
    random: seededRandom(4),
    runtime: counting,
  };
  await assert.rejects(trainPolicy(start, options), { message: "no room" });
  assert.deepEqual([opened, open], [2, []]);
  await runtime.close();
});
