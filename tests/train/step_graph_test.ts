import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { float32, numbersOf, scalar, sizeOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { adamW, sgd } from "../../lib/train/optimizers.ts";
import {
  accumulateGradients,
  addAverages,
  addUpdates,
  addWeightDecay,
  closeStep,
  type StepGraph,
  zerosLike,
} from "../../lib/train/step_graph.ts";

/** A step graph of one weight [2], whose gradient is an input. */
function step(): StepGraph & { gradient: string } {
  const g = new GraphBuilder();
  const tensor = float32([1, -2]);
  const name = g.parameter("w", tensor);
  const gradient = g.input("gradient", "float32", [2]);
  const parameters = [{ name, role: "weight" as const, op: "MatMul", tensor }];
  return { g, parameters, state: {}, zeros: zerosLike(parameters), next: {}, gradient };
}

/** Runs a closed step so many times, on one gradient after the other; what is carried goes on. */
async function runSteps(graph: StepGraph, carry: Record<string, string>, feeds: readonly Tensors[]) {
  let state: Tensors = { ...graph.state };
  for (const fed of feeds) {
    const outputs = await runModel(graph.g.model(), { ...state, ...fed });
    state = Object.fromEntries(Object.entries(carry).map(([input, output]) => [input, outputs[output]!]));
  }
  return state;
}

Deno.test("gradients are averaged over their steps, and the sums begin anew", async () => {
  const graph = step();
  const { g, gradient } = graph;
  const { gradients: [mean], complete } = accumulateGradients(graph, [gradient], 2);
  const { loss } = closeStep(graph, g.reduceSum(mean!, undefined, { keepdims: false }));
  const [sum] = Object.keys(graph.state);
  const run = async (state: Tensor, values: number[], last: number) =>
    await runModel(g.model(), { [sum!]: state, gradient: float32(values), [complete!]: scalar(last) });
  const first = await run(graph.state[sum!]!, [1, 2], 0);
  const kept = first[Object.keys(first).find((name) => name !== loss)!]!;
  assert.deepEqual(numbersOf(kept), [1, 2]);
  const second = await run(kept, [3, 6], 1);
  assert.deepEqual(numbersOf(second[loss]!), [(1 + 3) / 2 + (2 + 6) / 2]);
  assert.deepEqual(numbersOf(second[Object.keys(second).find((name) => name !== loss)!]!), [0, 0]);
});

Deno.test("decay adds coefficient times weight, where it is asked for", async () => {
  const graph = step();
  const { g, gradient } = graph;
  const plain = addWeightDecay(graph, [gradient]);
  assert.deepEqual([plain.gradients, Object.keys(plain.inputs)], [[gradient], []]);
  const { gradients, inputs } = addWeightDecay(graph, [gradient], () => true);
  const model = g.model();
  const shown = model.withGraph({ ...model.graph, outputs: [gradients[0]!] });
  const found = await runModel(shown, { gradient: float32([10, 20]), [inputs.w!]: float32([0.5, 2]) });
  assert.deepEqual(numbersOf(found[gradients[0]!]!), [10 + 0.5 * 1, 20 + 2 * -2]);
});

Deno.test("updates and averages go from step to step as their formulas say", async () => {
  const graph = step();
  const { g, gradient } = graph;
  const hold = (after: string) => after;
  const [told] = addUpdates(graph, [gradient], { optimizer: sgd({ momentum: 0 }), groups: () => ({}), hold });
  addAverages(graph, ["w"], { ema: 0.75, hold });
  const { carry } = closeStep(graph, g.reduceSum(gradient, undefined, { keepdims: false }));
  const scalars = (rate: number) =>
    Object.fromEntries(
      Object.entries(told!.optimizer.scalars(0, rate)).map((
        [name, value],
      ) => [told!.inputs[name]!, scalar(value)]),
    );
  const feeds = [[4, 8], [2, 0]].map((values) => ({ gradient: float32(values), ...scalars(0.5) }));
  const state = await runSteps(graph, carry, feeds);
  const average = Object.keys(carry).find((name) => name.startsWith("average."))!;
  // 1 → −1 → −2 and −2 → −6 → −6; averages 1 → 0.5 → −0.125 and −2 → −3 → −3.75.
  assert.deepEqual(numbersOf(state.w!), [-2, -6]);
  assert.deepEqual(numbersOf(state[average]!), [-0.125, -3.75]);
});

Deno.test("short vectors of the same options move as one, each as it would alone", async () => {
  const sizes = { a: [3], b: [1], decayed: [2], matrix: [2, 2], long: [5000] };
  const build = (elementwise: boolean) => {
    const g = new GraphBuilder();
    const random = seededRandom(5);
    const parameters = Object.entries(sizes).map(([name, dims]) => {
      const tensor = float32(Array.from({ length: sizeOf(dims) }, () => random.normal()), dims);
      g.parameter(name, tensor);
      return { name, role: "weight" as const, op: "MatMul", tensor };
    });
    const graph: StepGraph = { g, parameters, state: {}, zeros: zerosLike(parameters), next: {} };
    const gradients = parameters.map(({ name, tensor }) => g.input(`d.${name}`, "float32", tensor.dims));
    const [told] = addUpdates(graph, gradients, {
      optimizer: { ...adamW({ weightDecay: 0.1 }), elementwise },
      groups: ({ name }) => name === "decayed" ? { weightDecay: 0.5 } : {},
      hold: (after) => after,
    });
    const { carry } = closeStep(graph, g.reduceSum(gradients[0]!, undefined, { keepdims: false }));
    return { graph, carry, told: told! };
  };
  const feeds = [0, 1].map((step) => {
    const random = seededRandom(step);
    const numbers = Object.entries(adamW().scalars(step, 0.1)).map(([name, value]) =>
      [`step.${name}`, scalar(value)] as const
    );
    const gradients = Object.entries(sizes).map(([name, dims]) =>
      [`d.${name}`, float32(Array.from({ length: sizeOf(dims) }, () => random.normal()), dims)] as const
    );
    return Object.fromEntries([...numbers, ...gradients]);
  });
  const [together, apart] = [build(true), build(false)];
  const count = ({ graph }: typeof apart) => graph.g.nodes.filter(({ op }) => op === "Sqrt").length;
  assert.deepEqual([count(together), count(apart)], [4, 5]);
  assert.deepEqual(Object.keys(together.graph.state).sort(), Object.keys(apart.graph.state).sort());
  const [found, expected] = [
    await runSteps(together.graph, together.carry, feeds),
    await runSteps(apart.graph, apart.carry, feeds),
  ];
  for (const name of Object.keys(expected)) {
    assert.deepEqual(found[name]!.dims, expected[name]!.dims, name);
    assert.deepEqual(numbersOf(found[name]!), numbersOf(expected[name]!), name);
  }
});
