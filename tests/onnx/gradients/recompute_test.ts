import assert from "node:assert/strict";
import type { Attribute } from "../../../lib/onnx/attribute.ts";
import { removeDeadCode } from "../../../lib/onnx/passes/dead_code.ts";
import { shapeSize } from "../../../lib/onnx/dim.ts";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";

const LAYERS = 12;
const KEPT_EVERY = 3;
const [ROWS, WIDTH] = [64, 8];

/** A chain of layers whose gradients read their inputs, their outputs, or both; every third state is kept if asked. */
function chain(recompute: boolean): { model: Model; kept: Value[]; recomputed: Set<Value> } {
  const random = seededRandom(3);
  const g = new GraphBuilder("chain");
  const normal = (dims: number[]) =>
    float32(Array.from({ length: dims[0]! * (dims[1] ?? 1) }, () => random.normal()), dims);
  let x = g.input("x", "float32", [ROWS, WIDTH]);
  const kept: Value[] = [];
  const weights: Value[] = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    weights.push(g.parameter(`w${layer}`, normal([WIDTH, WIDTH])));
    const [left, right] = g.split(g.matMul(x, weights.at(-1)!), [WIDTH / 2, WIDTH / 2], 1);
    const mixed = g.concat([g.tanh(left!), g.mul(right!, g.sigmoid(right!))], 1);
    x = g.add(x, g.softmax(mixed, -1));
    if (layer % KEPT_EVERY === KEPT_EVERY - 1) kept.push(x);
  }
  const loss = g.reduceSum(g.mul(x, x), [0, 1], { keepdims: false });
  const recomputed = new Set(
    g.graph().nodes.flatMap(({ outputs }) => outputs).filter((value) => value !== loss),
  );
  for (const value of kept) recomputed.delete(value);
  const found = backward(g, loss, weights, recompute ? { recompute: (value) => recomputed.has(value) } : {});
  for (const weight of weights) g.output(found[weight]!, `d ${weight}`);
  return { model: removeDeadCode(g.model()), kept, recomputed };
}

/** The most numbers that are alive at once where nodes run in their order and each value dies with its last reader. */
function mostAlive({ graph }: Model): number {
  const size = (value: Value) => Number(shapeSize(graph.values.get(value)!.shape!));
  const lastRead = new Map<Value, number>();
  graph.nodes.forEach(({ inputs }, i) => inputs.forEach((input) => lastRead.set(input, i)));
  const made = new Set<Value>();
  let [alive, most] = [0, 0];
  graph.nodes.forEach(({ inputs, outputs }, i) => {
    for (const output of outputs.filter(Boolean)) {
      made.add(output);
      alive += size(output);
    }
    most = Math.max(most, alive);
    for (const input of new Set(inputs)) {
      if (lastRead.get(input) === i && made.has(input) && !graph.outputs.includes(input)) {
        alive -= size(input);
      }
    }
  });
  return most;
}

for (const engine of ["native", "wasm"] as const) {
  Deno.test(`gradients are the same to the bit where forward values are computed again, on ${engine}`, async () => {
    const random = seededRandom(4);
    const x = float32(Array.from({ length: ROWS * WIDTH }, () => random.normal()), [ROWS, WIDTH]);
    const runtime = await openRuntime({ engine });
    const run = async (recompute: boolean) => {
      const session = await runtime.session(chain(recompute).model);
      return await session.run({ x });
    };
    const [plain, again] = [await run(false), await run(true)];
    assert.equal(Object.keys(plain).length, LAYERS);
    for (const [name, gradient] of Object.entries(plain)) {
      assert.ok(numbersOf(gradient).some((number) => number !== 0), name);
      assert.deepEqual(numbersOf(again[name]!), numbersOf(gradient), name);
    }
    await runtime.close();
  });
}

Deno.test("the way back reads no value that was to be computed again, and less is alive at once", () => {
  const [plain, again] = [chain(false).model, chain(true)];
  const { nodes } = again.model.graph;
  const isLoss = ({ op, inputs }: typeof nodes[number]) => op === "ReduceSum" && inputs[0]!.startsWith("mul");
  const back = nodes.slice(nodes.findIndex(isLoss) + 1);
  assert.ok(back.length > nodes.length / 2);
  // The last layer's are there anyway when the way back begins; but no rule may read them by their first names.
  const early = back.flatMap(({ inputs }) => inputs).filter((input) => again.recomputed.has(input));
  assert.deepEqual(early, []);
  assert.ok(
    mostAlive(again.model) < 0.6 * mostAlive(plain),
    `${mostAlive(again.model)}, ${mostAlive(plain)}`,
  );
});

Deno.test("what is computed again waits for the gradient that needs it", () => {
  const { model: { graph }, kept, recomputed } = chain(true);
  const there = new Set([...graph.inputs, ...graph.initializers.keys(), ...kept, ...recomputed]);
  const copies = graph.nodes.filter(({ outputs }) => outputs.some((output) => output.endsWith(".again")));
  assert.ok(copies.length > LAYERS);
  for (const { op, inputs } of copies) {
    const fresh = inputs.some((input) => !there.has(input));
    assert.ok(fresh, `a copy of ${op} reads ${inputs} only: it could run at once`);
  }
});

const random = (g: GraphBuilder, x: Value): Value => g.node("RandomNormalLike", [x])[0]!;

/** The same in the branches of an If, where it takes what lies around them. */
function branched(g: GraphBuilder, x: Value): Value {
  const branch: Attribute = {
    type: "graph",
    value: {
      name: "branch",
      inputs: [],
      outputs: ["drawn"],
      nodes: [{ op: "RandomNormalLike", inputs: [x], outputs: ["drawn"], attributes: {} }],
      initializers: new Map(),
      values: new Map([["drawn", { type: "float32", shape: [4] }]]),
    },
  };
  const condition = g.input("condition", "bool", []);
  return g.node("If", [condition], { then_branch: branch, else_branch: branch })[0]!;
}

for (
  const [where, draw, op] of [["", random, "RandomNormalLike"], [" in branches", branched, "If"]] as const
) {
  Deno.test(`what random operators${where} gave is not computed again`, () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [4]);
    const noise = draw(g, g.input("like", "float32", [4]));
    const y = g.mul(noise, x);
    const loss = g.reduceSum(g.mul(y, y), [0], { keepdims: false });
    backward(g, loss, [x], { recompute: () => true });
    const { nodes } = g.graph();
    assert.equal(nodes.filter((node) => node.op === op).length, 1);
    assert.ok(nodes.some(({ op, outputs }) => op === "Mul" && outputs[0]!.endsWith(".again")));
  });
}
