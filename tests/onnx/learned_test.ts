import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { declareWeights, weightsOf } from "../../lib/nn/weights.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { float32, int64, sizeOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { fit } from "../../lib/train/fit.ts";
import { meanSquaredError } from "../../lib/train/losses.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { seededRandom } from "../../lib/random.ts";

const random = seededRandom(3);
const numbers = (...dims: number[]) =>
  float32(Array.from({ length: sizeOf(dims) }, () => 1 + random.uniform(-0.5, 0.5)), dims);
const signed = (...dims: number[]) =>
  float32(Array.from({ length: sizeOf(dims) }, () => random.normal()), dims);
const level = (value: number, ...dims: number[]) => float32(Array(sizeOf(dims)).fill(value), dims);
const cosines = (...dims: number[]) =>
  float32(Array.from({ length: sizeOf(dims) }, (_, i) => Math.cos(i)), dims);
const list = (values: number[], ...dims: number[]) => float32(values, dims);

/** What lies between a layer and the output, how it is built, and what of it is learned. */
type Case = [what: string, learned: string[], build: (g: GraphBuilder, x: Value) => Value];

/** A constant that meets the features of a layer, [2, 4, 8]. */
const meeting = (op: string, name: string, tensor: Tensor) => (g: GraphBuilder, x: Value): Value =>
  g.node(op, [x, g.parameter(name, tensor)])[0]!;

/** A constant that meets the features of a layer behind functions of its numbers. */
const through =
  (op: string, name: string, tensor: Tensor, ...functions: string[]) => (g: GraphBuilder, x: Value) => {
    const form = functions.reduce((value, each) => g.node(each, [value])[0]!, g.parameter(name, tensor));
    return g.node(op, [x, form])[0]!;
  };

/** A state that is repeated for each example by a size that the graph computes. */
function repeated(g: GraphBuilder, x: Value, state: Value): Value {
  const batch = g.node("Slice", [g.node("Shape", [x])[0]!, g.ints([0]), g.ints([1])])[0]!;
  return g.node("Expand", [state, g.node("Concat", [batch, g.ints([4, 8])], { axis: 0 })[0]!])[0]!;
}

const CASES: Case[] = [
  [
    "ones and zeros that an exporter gives a norm without parameters",
    [],
    (g, x) =>
      g.node("InstanceNormalization", [
        x,
        g.parameter("/n/Constant_1_output_0", level(1, 4)),
        g.parameter("val_11", level(0, 4)),
      ])[0]!,
  ],
  [
    "ones of a norm that has parameters and was never trained",
    ["n.weight"],
    (g, x) =>
      g.node("LayerNormalization", [
        x,
        g.parameter("n.weight", level(1, 8)),
        g.parameter("val_15", level(0, 8)),
      ])[0]!,
  ],
  [
    "a norm's parameters that an exporter renamed",
    ["val_8", "onnx::Add_3"],
    (g, x) =>
      g.node("LayerNormalization", [
        x,
        g.parameter("val_8", numbers(8)),
        g.parameter("onnx::Add_3", numbers(8)),
      ])[0]!,
  ],
  ["a scale that starts at ones", ["val_20"], meeting("Mul", "val_20", level(1, 8))],
  ["a scale that starts at zeros", ["gain"], meeting("Mul", "gain", level(0, 8))],
  ["a mask of zeros and ones", [], meeting("Mul", "msk", list([1, 0, 1, 1, 0, 1, 1, 0], 8))],
  ["places on a grid", [], meeting("Add", "onnx::Add_9", list([0.5, 1.5, 2.5, 3.5], 4, 1))],
  ["a bias that starts at ones and zeros", ["l.bias"], meeting("Add", "l.bias", list([0, 0, 1, 1], 4, 1))],
  [
    "a table of positions that an exporter folded",
    ["onnx::Add_104"],
    meeting("Add", "onnx::Add_104", signed(4, 8)),
  ],
  ["the same, of the other exporter", ["permute_3"], meeting("Add", "permute_3", signed(4, 8))],
  ["boxes to start from that an exporter folded", [], meeting("Add", "onnx::Add_104", numbers(4, 8))],
  ["a table that the code makes on the spot", [], meeting("Add", "/Constant_output_0", numbers(4, 8))],
  [
    "a matrix of factors that an exporter renamed",
    ["onnx::Mul_19"],
    meeting("Mul", "onnx::Mul_19", numbers(1, 4, 8)),
  ],
  ["cosines to turn features by", [], meeting("Mul", "onnx::Mul_19", cosines(4, 8))],
  [
    "a matrix that an exporter renamed",
    ["onnx::MatMul_123"],
    meeting("MatMul", "onnx::MatMul_123", numbers(8, 8)),
  ],
  ["a state of zeros that a product reads", ["h.weight"], (g, x) => {
    const state = repeated(g, x, g.parameter("h0", level(0, 1, 1, 8)));
    return g.add(x, g.matMul(state, g.parameter("h.weight", numbers(8, 8))));
  }],
  [
    "a state of zeros that a gate lets through",
    [],
    (g, x) => g.mul(x, repeated(g, x, g.parameter("c0", level(0, 1, 1, 8)))),
  ],
  ["a state of zeros beside which features lie", [], (g, x) =>
    g.node("Slice", [
      g.concat([x, repeated(g, x, g.parameter("h0", level(0, 1, 4, 8)))], 2),
      g.ints([4]),
      g.ints([12]),
      g.ints([2]),
    ])[0]!],
  [
    "a matrix on the left that starts at zeros",
    ["b", "a"],
    (g, x) => g.matMul(x, g.matMul(g.parameter("b", level(0, 8, 2)), g.parameter("a", numbers(2, 8)))),
  ],
  ["a factor behind a sigmoid", ["gate.alpha"], through("Mul", "gate.alpha", signed(4, 1), "Sigmoid")],
  [
    "a rate of decay, e to a parameter, negated",
    ["m.A_log"],
    through("Mul", "m.A_log", signed(4, 8), "Exp", "Neg"),
  ],
  ["a scale behind a softplus, of one number", ["beta"], through("Div", "beta", list([0.5], 1), "Softplus")],
  ["a factor of one number", ["block.gamma"], meeting("Mul", "block.gamma", list([0.3], 1))],
  [
    "an exponent of one number",
    ["pool.p"],
    (g, x) => g.node("Pow", [g.add(g.abs(x), 1), g.parameter("pool.p", list([3], 1))])[0]!,
  ],
  ["a number that the arithmetic needs", [], meeting("Mul", "scaled", list([0.25]))],
  ["a number that an exporter stores", [], meeting("Mul", "mul_3", list([0.25], 1))],
  [
    "a table of positions that is padded",
    ["pos_embed"],
    (g, x) =>
      g.add(x, g.node("Pad", [g.parameter("pos_embed", signed(1, 4, 6)), g.ints([0, 0, 1, 0, 0, 1])])[0]!),
  ],
  ["a table of positions in another size, which the graph computes", ["pos_embed"], (g, x) => {
    const sizes = g.concat([
      g.ints([1]),
      g.node("Slice", [g.node("Shape", [x])[0]!, g.ints([1]), g.ints([3])])[0]!,
    ], 0);
    const table = g.parameter("pos_embed", numbers(1, 2, 4));
    return g.add(x, g.node("Resize", [table, undefined, undefined, sizes], { mode: "nearest" })[0]!);
  }],
  ["thresholds", ["act.tau"], meeting("Max", "act.tau", list([1, 2.9, 3.3, 9.7], 4, 1))],
  [
    "what stands where something is left out",
    ["mask_token"],
    (g, x) =>
      g.node("Where", [
        g.node("Greater", [x, g.constant(float32([3], []))])[0]!,
        x,
        g.parameter("mask_token", signed(8)),
      ])[0]!,
  ],
  ["bounds that an exporter stores", [], meeting("Min", "val_7", numbers(8))],
  ["places where nothing may be looked at", [], (g, x) =>
    g.node("Where", [
      g.node("Greater", [x, g.constant(float32([0.3], []))])[0]!,
      x,
      g.parameter("attention_mask", level(-1e9, 8)),
    ])[0]!],
  ["a class token that is one vector", ["class_embedding"], (g, x) => {
    const token = g.node("Expand", [g.parameter("class_embedding", signed(8)), g.ints([2, 1, 8])])[0]!;
    const longer = g.concat([token, x], 1);
    return g.node("Slice", [longer, g.ints([0]), g.ints([4]), g.ints([1])])[0]!;
  }],
  ["a weight that is standardised with its own mean, and a gain for each row", ["gain", "w"], (g, x) => {
    const flat = g.reshape(g.parameter("w", signed(8, 8)), g.ints([1, 8, 8]));
    const mean = g.reduceMean(flat, [0, 2], { keepdims: false });
    const apart = g.sub(flat, g.reduceMean(flat, [0, 2]));
    const variance = g.reduceMean(g.mul(apart, apart), [0, 2], { keepdims: false });
    const [standard] = g.node("BatchNormalization", [
      flat,
      g.parameter("gain", numbers(8)),
      g.parameter("val_76", level(0, 8)),
      mean,
      variance,
    ]);
    return g.matMul(x, g.reshape(standard!, g.ints([8, 8])));
  }],
  ["a copy of such a weight that only its mean is taken of", ["gain", "w"], (g, x) => {
    const copy = g.parameter("onnx::ReduceMean_1", signed(8, 8));
    const mean = g.reduceMean(copy, [0], { keepdims: false });
    const variance = g.reduceMean(g.mul(copy, copy), [0], { keepdims: false });
    const flat = g.reshape(g.parameter("w", signed(8, 8)), g.ints([1, 8, 8]));
    const [standard] = g.node("BatchNormalization", [
      flat,
      g.parameter("gain", numbers(8)),
      g.parameter("val_76", level(0, 8)),
      mean,
      variance,
    ]);
    return g.matMul(x, g.reshape(standard!, g.ints([8, 8])));
  }],
  [
    "places that a weight is told",
    ["cpb.weight"],
    (g, x) =>
      g.add(
        x,
        g.matMul(g.parameter("relative_coords_table", signed(4, 2)), g.parameter("cpb.weight", signed(2, 8))),
      ),
  ],
  ["a bias of which an exporter has set a part to zeros", ["qkv.bias"], (g, x) => {
    const [bias] = g.node("ScatterND", [
      g.parameter("qkv.bias", signed(8)),
      g.constant(int64([2, 3], [2, 1])),
      g.constant(float32([0, 0])),
    ]);
    return g.add(x, bias!);
  }],
  ["a branch that leads nowhere", [], (g, x) => {
    g.matMul(x, g.parameter("unused", signed(8, 3)));
    return x;
  }],
  [
    "a branch that is only asked for its shape",
    [],
    (g, x) => g.reshape(x, g.node("Shape", [g.matMul(x, g.parameter("asked", signed(8, 8)))])[0]!),
  ],
  ["a factor that an exporter folded", [], through("Mul", "exp_2", numbers(4, 8), "Neg")],
  ["angles to turn features by", [], through("Mul", "rope.inv_freq", signed(4, 8), "Cos")],
  ["angles of another name", [], through("Mul", "rope.angles", signed(4, 8), "Cos")],
  ["distances that become factors", [], through("Mul", "onnx::Neg_12", numbers(4, 8), "Neg", "Exp")],
  ["a mask that is turned round", [], through("Mul", "keep", list([1, 0, 1, 1, 0, 1, 1, 0], 8), "Neg")],
  ["what is only asked for its shape", ["w"], (g, x) => {
    const eye = g.node("EyeLike", [g.parameter("shape of", numbers(8, 8))])[0]!;
    return g.matMul(g.matMul(x, eye), g.parameter("w", numbers(8, 8)));
  }],
  ["a weight that is divided by a norm as long as the weight's shape says", ["w"], (g, x) => {
    const w = g.parameter("w", signed(8, 8));
    const [norms] = g.node("ReduceL2", [w, g.constant(int64([1]))]);
    return g.matMul(x, g.div(w, g.node("Expand", [norms!, g.shapeOf(w)])[0]!));
  }],
  ["a number that is repeated for each of the features", [], (g, x) => {
    const [repeated] = g.node("Expand", [g.constant(float32([2])), g.shapeOf(x)]);
    return g.div(x, g.node("Abs", [repeated!])[0]!);
  }],
  ["rows of a table of positions", ["position.table"], (g, x) => {
    const rows = g.constant(int64([2, 0, 1, 1], [4, 1]));
    return g.add(x, g.gatherND(g.parameter("position.table", signed(3, 8)), rows));
  }],
  ["cosines of the places that are asked for", [], (g, x) => {
    return g.mul(
      x,
      g.gather(g.parameter("rotary_emb.cos_cached", signed(6, 8)), g.constant(int64([3, 1, 2, 0])), 0),
    );
  }],
  ["an embedding whose name speaks of masks", ["mask_embedding.weight"], (g, x) => {
    const table = g.parameter("mask_embedding.weight", signed(6, 8));
    return g.mul(x, g.gather(table, g.constant(int64([3, 1, 2, 0])), 0));
  }],
  ["rows of a table that an exporter made", [], (g, x) => {
    const rows = g.constant(int64([2, 0, 1, 1], [4, 1]));
    return g.mul(x, g.gatherND(g.parameter("val_7", numbers(3, 8)), rows));
  }],
];

function modelOf(build: Case[2]): Model {
  const g = new GraphBuilder("roles");
  const x = g.matMul(g.input("x", "float32", [2, 4, 3]), g.parameter("first", numbers(3, 8)));
  g.output(g.matMul(build(g, x), g.parameter("last", numbers(8, 2))), "y");
  return g.model();
}

/** What a step of training changes. */
async function trained(model: Model): Promise<string[]> {
  const { model: after } = await fit(model, { inputs: { x: numbers(2, 4, 3) }, targets: numbers(2, 4, 2) }, {
    epochs: 1,
    batchSize: 2,
    loss: meanSquaredError(),
    optimizer: sgd(),
  });
  const data = (m: Model, name: string) => (m.graph.initializers.get(name) as Tensor).data as Float32Array;
  return [...model.graph.initializers.keys()].filter((name) =>
    data(model, name).some((value, i) => value !== data(after, name)[i])
  );
}

for (const [what, learned, build] of CASES) {
  Deno.test(`what is a weight: ${what}`, async () => {
    const model = modelOf(build);
    const all = ["first", ...learned, "last"];
    assert.deepEqual(weightsOf(model).map(({ name }) => name), all);
    const size = all.reduce((sum, name) => sum + sizeOf(model.graph.initializers.get(name)!.dims), 0);
    assert.equal(countMacs(model).parameters, size);
    assert.equal(planPruning(model, { target: { macs: 1 } }).before.parameters, size);
    const changed = await trained(model);
    for (const name of changed) assert.ok(all.includes(name), `${name} is trained`);
    // A weight that meets zeros, as it may at the start, has no gradient yet.
    assert.ok(
      learned.length === 0 || learned.some((name) => changed.includes(name)) || learned[0] === "h.weight",
    );
  });
}

Deno.test("what is declared to be a weight or a constant is one, in every count and in training", async () => {
  const model = modelOf(meeting("Add", "shift", numbers(4, 8)));
  const table = modelOf(meeting("Mul", "onnx::Mul_19", cosines(4, 8)));
  assert.equal(countMacs(model).parameters, 24 + 32 + 16);
  for (
    const [declared, parameters, names] of [
      [declareWeights(model, { shift: "constant" }), 24 + 16, ["first", "last"]],
      [declareWeights(table, { "onnx::Mul_19": "scale" }), 24 + 32 + 16, ["first", "onnx::Mul_19", "last"]],
    ] as const
  ) {
    for (const each of [declared, decodeModel(declared.toOnnx())]) {
      assert.equal(countMacs(each).parameters, parameters);
      assert.equal(planPruning(each, { target: { macs: 1 } }).before.parameters, parameters);
      assert.deepEqual(weightsOf(each).map(({ name }) => name), names);
      assert.deepEqual((await trained(each)).sort(), [...names].sort());
    }
  }
  assert.throws(
    () => declareWeights(model, { shfit: "constant" }),
    /Cannot declare "shfit" .*stores no tensor of this name; weightsOf/,
  );
  assert.throws(
    () => declareWeights(model, { shift: "parameter" as never }),
    /"parameter": expected one of weight, bias/,
  );
});
