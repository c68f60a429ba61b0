import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { countMacs, macsByNode } from "../../lib/onnx/count_macs.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";
import { runNative } from "./run_native.ts";

const ones = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);

/** The CIFAR ResNet of He et al. (2016, section 4.2) with option A shortcuts. */
function resnet(depth: number): GraphBuilder {
  const g = new GraphBuilder(`resnet${depth}`);
  const conv = (x: Value, from: number, to: number, stride = 1) => {
    const y = g.conv(x, g.parameter(g.freeName("w"), ones(to, from, 3, 3)), undefined, {
      strides: [stride, stride],
      pads: [1, 1, 1, 1],
    });
    const c = ["scale", "bias", "mean", "variance"].map((name) => g.parameter(g.freeName(name), ones(to)));
    return g.batchNorm(y, c[0]!, c[1]!, c[2]!, c[3]!);
  };
  let x = g.relu(conv(g.input("x", "float32", ["N", 3, 32, 32]), 3, 16));
  let width = 16;
  for (const [stage, to] of [16, 32, 64].entries()) {
    for (let block = 0; block < (depth - 2) / 6; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const y = conv(g.relu(conv(x, width, to, stride)), to, to);
      const cut = stride === 1 ? x : g.slice(x, [0, 0], [2 ** 31 - 1, 2 ** 31 - 1], [2, 3], [2, 2]);
      const wide = (to - width) / 2;
      x = g.relu(g.add(y, wide ? g.pad(cut, [0, wide, 0, 0, 0, wide, 0, 0]) : cut));
      width = to;
    }
  }
  g.output(
    g.gemm(g.flatten(g.globalAveragePool(x)), g.parameter("fc", ones(64, 10)), g.parameter("b", ones(10))),
  );
  return g;
}

/** Added up by hand: first layer, three stages of 2n convolutions, classifier. */
function resnetMacs(depth: number): number {
  const n = (depth - 2) / 6;
  const stage = (width: number, size: number, convs: number) => convs * width * width * 9 * size * size;
  return 3 * 16 * 9 * 32 * 32 + stage(16, 32, 2 * n) + stage(32, 16, 2 * n - 0.5) +
    stage(64, 8, 2 * n - 0.5) +
    64 * 10;
}

Deno.test("countMacs: CIFAR ResNets cost what their closed form and their paper say", () => {
  // 0.27 M and 0.85 M parameters: He et al. (2016), table 6.
  for (const [depth, macs, parameters] of [[20, 40_551_040, 269_722], [56, 125_485_696, 853_018]] as const) {
    const cost = countMacs(resnet(depth).model());
    assert.equal(cost.macs, resnetMacs(depth));
    assert.equal(cost.macs, macs);
    assert.equal(cost.parameters, parameters);
    assert.equal(
      macsByNode(resnet(depth).model()).size,
      depth,
      "one entry per convolution and one for the classifier",
    );
  }
});

Deno.test("countMacs: a fixed batch counts that many times, an unknown one once", () => {
  const model = resnet(20).model();
  assert.equal(countMacs(model, { inputShapes: { x: [8, 3, 32, 32] } }).macs, 8 * resnetMacs(20));
  assert.equal(countMacs(model, { inputShapes: { x: ["any", 3, 32, 32] } }).macs, resnetMacs(20));
});

/** Operators that multiply ones by ones without padding. */
const products: fc.Arbitrary<(g: GraphBuilder) => Value[]> = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 0, max: 1 }),
).map(([a, b, stride, turned]) => (g) => {
  const given = (...dims: number[]) => g.constant(ones(...dims));
  const image = given(a, 2 * b, 7, 6);
  const strides = [stride, stride];
  const [left, right] = turned ? [given(b, a), given(4, b)] : [given(a, b), given(b, 4)];
  return [
    g.conv(image, given(a * b, 2, b, a), undefined, { strides, group: b }),
    g.conv(image, given(3, 2 * b, 2, 2), undefined, { strides, dilations: [b, a] }),
    g.convTranspose(image, given(2 * b, a, stride, 3), undefined, { strides, group: b }),
    g.matMul(given(a, 1, 4, b), given(5, b, 2)),
    g.gemm(left, right, undefined, { transA: turned, transB: turned }),
    g.node("Einsum", [given(a, b, 4), given(4, 3, b)], { equation: "bhi,ijh->bjh" })[0]!,
  ];
});

Deno.test("countMacs: products of ones sum up to the number of multiplications", async () => {
  await fc.assert(
    fc.asyncProperty(products, async (build) => {
      const g = new GraphBuilder("ones");
      for (const value of build(g)) g.output(value);
      const byNode = macsByNode(g.model());
      const outputs = await runNative(g.model(), {});
      for (const node of g.graph().nodes) {
        const sum = numbersOf(outputs[node.outputs[0]!]!).reduce((total, number) => total + number, 0);
        assert.equal(byNode.get(node), sum, node.op);
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("countMacs: recurrent layers multiply by both of their matrices at every step", () => {
  const g = new GraphBuilder("lstm");
  const x = g.input("x", "float32", [5, 2, 3]);
  const [w, r] = [g.constant(ones(2, 4 * 7, 3)), g.constant(ones(2, 4 * 7, 7))];
  g.node("LSTM", [x, w, r], { hidden_size: 7, direction: "bidirectional" });
  const { macs, parameters } = countMacs(g.model());
  assert.equal(macs, 5 * 2 * 2 * (4 * 7 * 3 + 4 * 7 * 7));
  assert.equal(parameters, 2 * (4 * 7 * 3 + 4 * 7 * 7));
});

Deno.test("countMacs: a left side that is turned with its batch", () => {
  const macs = (a: Shape, attributes: Record<string, number>) => {
    const g = new GraphBuilder("turned");
    const [y] = g.node(
      "FusedMatMul",
      [g.input("a", "float32", a), g.parameter("w", ones(2, 8, 4))],
      attributes,
      {
        domain: "com.microsoft",
      },
    );
    g.output(y!);
    assert.deepEqual(inferShapes(g.model()).graph.values.get(y!)?.shape, [2, 5, 4]);
    return countMacs(g.model()).macs;
  };
  // Two products of [5, 8] by [8, 4].
  assert.equal(macs([5, 2, 8], { transBatchA: 1 }), 320);
  assert.equal(macs([8, 2, 5], { transBatchA: 1, transA: 1 }), 320);
  assert.equal(macs([2, 8, 5], { transA: 1 }), 320);
});

Deno.test("countMacs: an unknown size is an error that names the input to give a shape for", () => {
  const g = new GraphBuilder("open");
  g.input("mask", "float32", ["N", 1]);
  g.output(g.matMul(g.input("tokens", "float32", ["N", "T", 4]), g.parameter("w", ones(4, 8))));
  assert.throws(() => countMacs(g.model()), (error: Error) => {
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /^Cannot count multiply-accumulates of MatMul .*32\*T.*"tokens" \[1, T, 4\]/);
    assert.doesNotMatch(error.message, /mask/);
    return true;
  });
  assert.equal(countMacs(g.model(), { inputShapes: { tokens: [3, 10, 4] } }).macs, 3 * 10 * 4 * 8);
});

Deno.test("countMacs: an unknown size that no input lacks is an error that names where it comes from", () => {
  const data = new GraphBuilder("data");
  const [found] = data.node("NonZero", [data.input("x", "float32", [2, 4])]);
  const [open] = data.node("Abs", [data.node("Mystery", [found!], {}, { domain: "own" })[0]]);
  data.output(data.matMul(open!, data.parameter("w", ones(4, 8))), "y");
  assert.throws(
    () => countMacs(data.model()),
    /the shape that Mystery .* is unknown; declare it/,
  );
});

Deno.test("countMacs: operators that nobody knows are named, with what they store", () => {
  const g = new GraphBuilder("custom", { "": 20, acme: 1 });
  const x = g.matMul(g.input("x", "float32", ["N", 3]), g.parameter("w", ones(3, 8)));
  const [y] = g.node("MyLinear", [x, g.parameter("own", ones(8, 8))], {}, { domain: "acme" });
  g.declare(y!, { type: "float32", shape: ["N", 8] });
  g.output(g.matMul(y!, g.parameter("last", ones(8, 2))), "y");
  const model = g.model();
  assert.deepEqual(countMacs(model), {
    macs: 24 + 16,
    parameters: 24 + 16,
    uncounted: [`MyLinear (output "${y}"), with 64 stored numbers`],
  });
  const plan = planPruning(model, { target: { macs: 1 } });
  assert.match(plan.toString(), /not counted: MyLinear .*, with 64 stored numbers/);
  // Sequences and texts multiply nothing.
  const parts = new GraphBuilder("parts");
  const [sequence] = parts.node("SplitToSequence", [parts.input("x", "float32", [2, 4])], { axis: 1 });
  parts.node("SequenceLength", [sequence!]);
  assert.deepEqual(countMacs(parts.model()), { macs: 0, parameters: 0 });
});

Deno.test("countMacs: of a model that computes its weights, a plan says what the count says", () => {
  const g = new GraphBuilder("standardised");
  const x = g.input("x", "float32", [2, 3, 5, 5]);
  const w = g.parameter("w", ones(8, 3, 1, 1));
  const standardised = g.mul(g.sub(w, g.reduceMean(w, [1, 2, 3])), g.parameter("gain", ones(8, 1, 1, 1)));
  g.output(g.conv(g.conv(x, standardised), g.parameter("last", ones(2, 8, 1, 1))), "y");
  const { macs, parameters } = countMacs(g.model());
  assert.equal(parameters, 24 + 8 + 16);
  const { before } = planPruning(g.model(), { target: { macs: 0.5 } });
  assert.deepEqual([before.macs, before.parameters], [macs, parameters]);
});
