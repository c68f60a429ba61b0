import assert from "node:assert/strict";
import { toAttributes } from "../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { Model, OPSET } from "../../lib/onnx/model.ts";
import { backward, gradients } from "../../lib/onnx/gradients.ts";
import { gradientRules } from "../../lib/onnx/gradients/table.ts";
import { shapeRows } from "../../lib/onnx/shapes/table.ts";
import { float32, int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { run } from "./gradients/check.ts";

function small(): GraphBuilder {
  const g = new GraphBuilder("small");
  const x = g.input("x", "float32", ["N", 2]);
  const w = g.parameter("w", float32([1, -2, 3, 4], [2, 2]));
  g.parameter("unused", float32([1, 2, 3]));
  const h = g.nodeNamed(["h"], "Relu", [g.matMul(x, w)])[0]!;
  g.nodeNamed(["loss"], "ReduceSum", [g.mul(h, h)], { keepdims: 0 });
  g.output("loss");
  return g;
}

const x = float32([1, 1], [1, 2]);

Deno.test("gradients() leaves the model as it was and gives one that says more", async () => {
  const before = small().model();
  const copy = before.toOnnx();
  const { model, gradients: found } = gradients(before, "loss", ["w", "x", "h", "unused", "loss"]);
  assert.deepEqual(before.toOnnx(), copy);
  const results = await run(model, { x });
  const of = (name: string) => numbersOf(results[found[name]!]!);
  // h = relu([1+3, −2+4]) = [4, 2]; d h = 2h; both are positive, so d w = xᵀ·2h and d x = 2h·wᵀ.
  assert.deepEqual(numbersOf(results.loss!), [20]);
  assert.deepEqual(of("h"), [8, 4]);
  assert.deepEqual(of("w"), [8, 4, 8, 4]);
  assert.deepEqual(of("x"), [0, 40]);
  assert.deepEqual(of("unused"), [0, 0, 0]);
  assert.deepEqual(of("loss"), [1]);
});

Deno.test("a model of an older operator set is upgraded first", async () => {
  const graph = small().graph();
  // As opset 11 had it: axes as an attribute.
  const nodes = graph.nodes.map((node) =>
    node.op === "ReduceSum" ? { ...node, attributes: toAttributes({ axes: [0, 1], keepdims: 0 }) } : node
  );
  const old = new Model({ ...graph, nodes }, { opsets: { "": 11 } });
  const { model, gradients: found } = gradients(old, "loss", ["w"]);
  assert.equal(model.info.opsets[""], OPSET);
  const results = await run(model, { x });
  assert.deepEqual(numbersOf(results[found.w!]!), [8, 4, 8, 4]);
});

Deno.test("a value that is read several times gets the sum", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", []);
  const y = g.add(g.mul(x, x), g.add(x, g.mul(x, 3)));
  g.output(backward(g, y, [x])[x]!, "dx");
  const { dx } = await run(g.model(), { x: new Tensor("float32", Float32Array.of(5), []) });
  assert.deepEqual(numbersOf(dx!), [14]);
});

Deno.test("only nodes between what is asked for and the loss are visited", () => {
  const g = small();
  // Operators nobody has a rule for, off the path: before w is used, and after the loss.
  g.node("Mystery", ["x"], {}, { domain: "some.where" });
  g.node("Mystery", ["loss"], {}, { domain: "some.where" });
  const count = g.graph().nodes.length;
  const found = backward(g, "loss", ["w"]);
  const added = g.graph().nodes.slice(count);
  assert.ok(found.w);
  assert.ok(
    !added.some(({ op, inputs }) => op === "Gemm" && inputs.includes("w")),
    "d x was computed in vain",
  );
});

Deno.test("errors say what is wrong and where", () => {
  assert.throws(() => backward(small(), "h", ["w"]), /"h": a loss is one number, but its shape is \[N, 2\]/);
  assert.throws(() => backward(small(), "loss", ["v"]), /"v" is not a value of the graph/);
  const g = small();
  const [odd] = g.node("Mystery", ["h"], {}, { domain: "some.where", name: "odd" });
  g.declare(odd!, { type: "float32", shape: [] });
  assert.throws(
    () => backward(g, odd!, ["w"]),
    /some\.where:Mystery has no gradient rule.*"odd".*"h".*"odd"/s,
  );
  const ints = new GraphBuilder();
  ints.input("i", "int64", []);
  assert.throws(() => backward(ints, "i", ["i"]), /"i" holds int64/);
});

Deno.test("nothing flows through whole numbers, and a path through them only gives zeros", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [3]);
  const y = g.reduceSum(g.cast(g.cast(x, "int64"), "float32"), undefined, { keepdims: false });
  g.output(backward(g, y, [x])[x]!, "dx");
  const { dx } = await run(g.model(), { x: float32([1.5, 2.5, 3.5]) });
  assert.deepEqual(numbersOf(dx!), [0, 0, 0]);
});

Deno.test("a gradient of an input that a rule leaves out is an error, and no zeros", async () => {
  const scores = float32([1, 2, 3, 1, 0, 1], [2, 3]);
  const left: Record<string, (g: GraphBuilder, w: Value) => Value> = {
    SoftmaxCrossEntropyLoss: (g, w) =>
      g.node("SoftmaxCrossEntropyLoss", [g.constant(scores), g.constant(int64([0, 2])), w])[0]!,
    NegativeLogLikelihoodLoss: (g, w) =>
      g.node("NegativeLogLikelihoodLoss", [g.constant(scores), g.constant(int64([0, 2])), w])[0]!,
    Resize: (g, w) => g.node("Resize", [g.reshape(w, [1, 1, 3]), undefined, w], { mode: "linear" })[0]!,
    Dropout: (g, w) => g.node("Dropout", [w, g.reduceMean(w, undefined, { keepdims: false })])[0]!,
  };
  for (const [op, build] of Object.entries(left)) {
    const g = new GraphBuilder(op);
    const w = g.input("w", "float32", [3]);
    const y = build(g, w);
    if (g.info(y).shape === undefined) g.declare(y, { type: "float32", shape: [1, 1, "W"] });
    const loss = g.reduceSum(y, undefined, { keepdims: false });
    assert.throws(() => backward(g, loss, [w]), {
      name: "TypeError",
      message: new RegExp(
        `^Cannot differentiate "reducesum(_1)?": the gradient rule of ${op} .* leaves out its input ".*", which`,
      ),
    });
  }
  const like = new GraphBuilder("like");
  const w = like.input("w", "float32", [3]);
  const loss = like.reduceSum(like.node("CastLike", [w, like.mul(w, w)])[0]!, undefined, { keepdims: false });
  like.output(backward(like, loss, [w])[w]!, "dw");
  assert.deepEqual(numbersOf((await run(like.model(), { w: float32([1, 2, 3]) })).dw!), [1, 1, 1]);
});

Deno.test("float16 graphs get float16 gradients", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float16", [3]);
  const y = g.reduceMean(g.softmax(g.sigmoid(g.mul(x, x))), undefined, { keepdims: false });
  const dx = backward(g, y, [x])[x]!;
  assert.equal(g.info(dx).type, "float16");
  const floats = g.graph().nodes.filter((node) => node.op !== "Cast" && node.op !== "Shape")
    .flatMap(({ outputs }) => outputs).map((output) => g.info(output).type);
  assert.deepEqual([...new Set(floats)], ["float16"]);
});

Deno.test("a gradient can be differentiated: x³ twice is 6x", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", []);
  const y = g.mul(x, g.mul(x, x));
  const first = backward(g, y, [x])[x]!;
  g.output(backward(g, first, [x])[x]!, "second");
  const { second } = await run(g.model(), { x: new Tensor("float32", Float32Array.of(5), []) });
  assert.deepEqual(numbersOf(second!), [30]);
});

/** Operators with a shape rule that no gradient passes through; using one on a path is an error. */
const WITHOUT_RULE = {
  "whole numbers and quantised values": `ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger
    QLinearConv QLinearMatMul QuantizeLinear com.microsoft:MatMulNBits`,
  "loops and branches": `If Loop Scan`,
  "sampling between pixels": `AffineGrid DeformConv MaxRoiPool NonMaxSuppression RoiAlign`,
  "gone before opset 20, upgraded away": `Affine ImageScaler ParametricSoftplus ScaledTanh Scatter Upsample`,
  "newer than opset 20": `CumProd TensorScatter`,
  "rare": `CenterCropPad Compress DFT Det GlobalLpPool LpPool Range Unique`,
  "fused by ONNX Runtime": `ai.onnx.ml:ArrayFeatureExtractor com.microsoft:Attention com.microsoft:BiasGelu
    com.microsoft:EmbedLayerNormalization com.microsoft:FastGelu com.microsoft:FusedConv com.microsoft:FusedGemm
    com.microsoft:FusedMatMul com.microsoft:LayerNormalization com.microsoft:MultiHeadAttention
    com.microsoft:SimplifiedLayerNormalization
    com.microsoft:SkipLayerNormalization com.microsoft:SkipSimplifiedLayerNormalization
    com.microsoft:TransposeMatMul`,
};

Deno.test("every operator with a shape rule has a gradient rule, or is listed here", () => {
  const listed = new Set(Object.values(WITHOUT_RULE).flatMap((operators) => operators.split(/\s+/)));
  const missing = Object.keys(shapeRows).filter((op) => !Object.hasOwn(gradientRules, op) && !listed.has(op));
  assert.deepEqual(missing, []);
  assert.deepEqual([...listed].filter((op) => Object.hasOwn(gradientRules, op)), []);
});
