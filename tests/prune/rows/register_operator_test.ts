import assert from "node:assert/strict";
import {
  channelGroups,
  constantRate,
  countMacs,
  evaluate,
  fit,
  float32,
  gradients,
  GraphBuilder,
  inferShapes,
  loadModel,
  type Model,
  type OperatorRows,
  planPruning,
  prune,
  registerOperator,
  runModel,
  seededRandom,
  Tensor,
} from "../../../mod.ts";
import { composeOperators, type GradientRule, sameAsFirst, shapeSize } from "../../../lib/onnx/mod.ts";
import { checkPruned } from "../../../lib/prune/check_pruned.ts";

/** y = x · tanh(alpha · x), with one alpha for each channel along the last axis. */
const GATE: OperatorRows = {
  domain: "com.acme",
  op: "Gate",
  learned: { 1: { role: "scale" } },
  macs: { count: ({ output }) => output && shapeSize(output), axes: () => [["y", 0], ["y", 1]] },
  shapes: sameAsFirst,
  channels(call) {
    const axes = call.axes(0);
    return { outputs: [axes], joins: [[axes.at(-1)!, call.axis(1, 0, "scale")]] };
  },
  composedOf(g, { inputs: [x, alpha] }) {
    return [g.mul(x!, g.tanh(g.mul(x!, alpha!)))];
  },
};

/** By hand: t = tanh(alpha·x); dy/dx = t + alpha·x·(1 − t²), dy/dalpha = x²·(1 − t²), summed over the batch. */
const byHand: GradientRule = ({ g, x: [x, alpha], dy: [dy] }) => {
  const t = g.tanh(g.mul(x!, alpha!));
  const slope = g.sub(1, g.mul(t, t));
  const dx = g.add(t, g.mul(g.mul(alpha!, x!), slope));
  const dAlpha = g.reduceSum(g.mul(dy!, g.mul(g.mul(x!, x!), slope)), [0], { keepdims: false });
  return [g.mul(dy!, dx), dAlpha];
};

const random = seededRandom(7);
const numbers = (...dims: number[]) =>
  new Tensor(
    "float32",
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.uniform() - 0.5),
    dims,
  );

function network(): Model {
  const g = new GraphBuilder("gated", { "": 20, "com.acme": 1 });
  const hidden = g.matMul(g.input("x", "float32", ["N", 3]), g.parameter("first", numbers(3, 8)));
  const [gated] = g.node("Gate", [hidden, g.parameter("alpha", numbers(8))], {}, { domain: "com.acme" });
  g.output(g.matMul(gated!, g.parameter("second", numbers(8, 2))), "y");
  return g.model();
}

const data = (tensor: Tensor | undefined) => Array.from(tensor!.data as Float32Array);

Deno.test("a registered operator is shaped, counted, grouped, pruned and equal to its mask", async () => {
  using _gate = registerOperator(GATE);
  const model = network();
  const gated = model.graph.nodes[1]!.outputs[0]!;
  assert.deepEqual(inferShapes(model).graph.values.get(gated), { type: "float32", shape: ["N", 8] });
  assert.deepEqual(countMacs(model), { macs: 3 * 8 + 8 + 8 * 2, parameters: 3 * 8 + 8 + 8 * 2 });
  const [group] = channelGroups(model).prunable;
  assert.deepEqual(group!.slots.map(({ tensor, axis, role }) => `${tensor} ${axis} ${role}`), [
    "first 1 out",
    "alpha 0 scale",
    "second 0 in",
  ]);

  const plan = planPruning(model, { target: { macs: 0.5 }, criterion: "l1" });
  assert.deepEqual([plan.before.macs, plan.after.macs], [48, 24]);
  const smaller = prune(model, plan);
  assert.deepEqual(smaller.graph.initializers.get("alpha")!.dims, [4]);
  assert.equal(smaller.graph.nodes[1]!.op, "Gate", "the operator itself is what is saved");
  assert.ok(await checkPruned(model, smaller, plan) < 1e-5);
});

Deno.test("a registered operator computes and differentiates as the plain function does", async () => {
  const model = network();
  const weights = model.graph.initializers as ReadonlyMap<string, Tensor>;
  const [first, alpha, second] = ["first", "alpha", "second"].map((name) => data(weights.get(name)));
  const x = [0.3, -0.7, 0.9];
  /** Σ y in float64. */
  const loss = (alphas: readonly number[]) => {
    let sum = 0;
    for (let k = 0; k < 8; k++) {
      const hidden = x.reduce((total, value, i) => total + value * first![i * 8 + k]!, 0);
      sum += hidden * Math.tanh(alphas[k]! * hidden) * (second![2 * k]! + second![2 * k + 1]!);
    }
    return sum;
  };
  const expected = alpha!.map((_, k) => {
    const moved = (by: number) => loss(alpha!.map((value, i) => i === k ? value + by : value));
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });
  for (const rows of [GATE, { ...GATE, gradient: byHand }]) {
    using _gate = registerOperator(rows);
    const g = new GraphBuilder(model.graph, { ...model.info.opsets });
    const sum = g.output(g.reduceSum("y", undefined, { keepdims: false }), "sum");
    const found = gradients(g.model(), sum, ["alpha"]);
    const outputs = await runModel(found.model, { x: new Tensor("float32", Float32Array.from(x), [1, 3]) });
    assert.ok(Math.abs(data(outputs["sum"])[0]! - loss(alpha!)) < 1e-6);
    data(outputs[found.gradients["alpha"]!]).forEach((value, k) =>
      assert.ok(Math.abs(value - expected[k]!) < 1e-5, `alpha ${k}: ${value} for ${expected[k]}`)
    );
  }
});

Deno.test("a model with a registered operator is saved, read, pruned and trained like any other", async () => {
  using _gate = registerOperator(GATE);
  const bytes = network().toOnnx();
  const model = await loadModel(bytes);
  const smaller = prune(model, planPruning(model, { target: { parameters: 0.5 } }));
  const random = seededRandom(3);
  const inputs = float32(Array.from({ length: 64 * 3 }, () => random.normal()), [64, 3]);
  // The operator is even: it can tell how far a number is from 0.
  const targets = data(inputs).filter((_, i) => i % 3 === 0).map((x) => Math.abs(x) > 0.7 ? 1 : 0);
  const before = await evaluate(smaller, { inputs, targets });
  const { model: tuned } = await fit(smaller, { inputs, targets }, {
    epochs: 40,
    batchSize: 16,
    schedule: constantRate(0.05),
  });
  const after = await evaluate(tuned, { inputs, targets });
  assert.ok(after.loss < 0.8 * before.loss, `${before.loss} to ${after.loss}`);
  const alphas = [smaller, tuned].map(({ graph }) => data(graph.initializers.get("alpha") as Tensor));
  assert.notDeepEqual(alphas[0], alphas[1], "the operator's own factors learn, too");
});

Deno.test("what is taken back is unknown again, also where channels were found before", () => {
  const model = network();
  const prunable = () => channelGroups(model).prunable.length;
  assert.equal(prunable(), 0);
  {
    using _gate = registerOperator(GATE);
    assert.equal(prunable(), 1);
  }
  assert.equal(prunable(), 0);
  assert.throws(() => countMacs(model), /the shape that Gate .* is unknown; .* registerOperator/);
});

Deno.test("without a composition no engine runs it, and the error says what to do", async () => {
  const { composedOf: _, ...rest } = GATE;
  using _gate = registerOperator(rest);
  const model = network();
  await assert.rejects(runModel(model, { x: numbers(1, 3) }), {
    message: /Cannot load the model: .*com\.acme:Gate.* registerOperator\(\{ …, composedOf \}\)/,
  });
  assert.throws(() => gradients(model, "y", ["alpha"]), /operator com\.acme:Gate has no gradient rule/);
});

Deno.test("a model is written with what its operators are composed of, for any runtime", async () => {
  const model = network();
  const x = numbers(2, 3);
  let composed: Model, expected: number[];
  {
    using _gate = registerOperator(GATE);
    composed = composeOperators(model);
    expected = data((await runModel(model, { x }))["y"]);
  }
  // Nothing is registered any more.
  assert.deepEqual(data((await runModel(composed, { x }))["y"]), expected);
  assert.ok(expected.every((value) => value !== 0));
  assert.equal(composeOperators(model), model, "what nobody composed stays as it is");
});

Deno.test("operators that are known already are refused, and options that are none", () => {
  using gate = registerOperator(GATE);
  const refused = (rows: unknown, message: RegExp) =>
    assert.throws(() => registerOperator(rows as OperatorRows), { name: "TypeError", message });
  refused(GATE, /Cannot register com\.acme:Gate: it was registered before; dispose of/);
  refused({ ...GATE, domain: "", op: "Relu" }, /Cannot register Relu: Espalier has it; its rows are in/);
  refused({ ...GATE, domain: "ai.onnx", op: "Relu" }, /Cannot register Relu/);
  refused(undefined, /Cannot call registerOperator without options: expected at least a domain/);
  refused({ ...GATE, op: "Other", gradients: byHand }, /option "gradients": did you mean "gradient"\?/);
  refused(
    { domain: "com.acme", op: "Other" },
    /expected shapes to be a function of a call, found "undefined"/,
  );
  refused({ ...GATE, op: "Other", channels: {} }, /expected channels to be a function/);
  refused({ ...GATE, op: "Other", macs: () => 1 }, /expected macs\.count to be a function/);
  refused({ ...GATE, op: 3 }, /expected a domain and a name as texts, found domain "com.acme" and op "3"/);
  // A registration that was taken back does not take the next one with it.
  gate[Symbol.dispose]();
  using _again = registerOperator(GATE);
  gate[Symbol.dispose]();
  refused(GATE, /it was registered before/);
});
