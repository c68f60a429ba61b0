import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { countMacs, macsByNode } from "../../lib/onnx/count_macs.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import type { Attribute } from "../../lib/onnx/attribute.ts";
import { parameterNames } from "../../lib/onnx/parameters.ts";
import { planForCost } from "../../lib/prune/plan_for_cost.ts";
import { prune } from "../../lib/prune/prune.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { float32, int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
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

Deno.test("countMacs: attention in one operator costs what it costs in many", () => {
  const [batch, length, hidden] = [2, 5, 6];
  const fused = new GraphBuilder("fused");
  const packed = [
    fused.input("x", "float32", [batch, length, hidden]),
    fused.constant(ones(hidden, 3 * hidden)),
  ];
  fused.node("Attention", [...packed, fused.constant(ones(3 * hidden))], { num_heads: 3 }, {
    domain: "com.microsoft",
  });
  const g = new GraphBuilder("plain");
  const x = g.input("x", "float32", [batch, length, hidden]);
  const project = () =>
    g.transpose(
      g.reshape(g.matMul(x, g.parameter(g.freeName("w"), ones(hidden, hidden))), [batch, length, 3, 2]),
      [
        0,
        2,
        1,
        3,
      ],
    );
  const [q, k, v] = [project(), project(), project()];
  g.matMul(g.softmax(g.matMul(q, g.transpose(k, [0, 1, 3, 2]))), v);
  assert.equal(countMacs(fused.model()).macs, countMacs(g.model()).macs);
  const heads = new GraphBuilder("heads");
  const all = ["q", "k", "v"].map((name) => heads.input(name, "float32", [batch, length, hidden]));
  heads.node("MultiHeadAttention", all, { num_heads: 3 }, { domain: "com.microsoft" });
  assert.equal(
    countMacs(heads.model()).macs,
    countMacs(g.model()).macs - 3 * batch * length * hidden * hidden,
  );
});

Deno.test("countMacs: attention with a past, packed, or with heads of values of another size", () => {
  const microsoft = { domain: "com.microsoft" };
  const macs = (op: string, inputs: (Shape | undefined)[], attributes: Record<string, number | number[]>) => {
    const g = new GraphBuilder("attention");
    const values = inputs.map((shape, i) => shape && g.input(`i${i}`, "float32", shape));
    const own = "q_num_heads" in attributes || Object.keys(attributes).length === 0;
    const [y] = g.node(op, values, attributes, own ? {} : microsoft);
    g.output(y!);
    return countMacs(g.model()).macs;
  };
  const four = { num_heads: 4 };
  // Batch 2, 4 heads, 5 queries, 5 keys: 200 weights, each of 4 products with a key and 6 with a value.
  const wide: Shape[] = [[2, 5, 16], [2, 5, 16], [2, 5, 24]];
  assert.equal(macs("Attention", wide, { q_num_heads: 4, kv_num_heads: 4 }), 2000);
  assert.equal(macs("MultiHeadAttention", wide, four), 2000);
  // One query, 7 keys of the past and its own: 2·4·8 weights, each of 4 + 4 products.
  const [one, past]: Shape[] = [[2, 4, 1, 4], [2, 4, 7, 4]];
  assert.equal(macs("Attention", [one, one, one, undefined, past, past], {}), 512);
  const flat: Shape = [2, 1, 16];
  const holes = [undefined, undefined, undefined];
  assert.equal(macs("MultiHeadAttention", [flat, flat, flat, ...holes, past, past], four), 512);
  // Keys with values: 9 of them for 5 queries. All three in one: 5 for 5.
  assert.equal(macs("MultiHeadAttention", [[2, 5, 16], [2, 9, 4, 2, 4]], four), 2 * 4 * 5 * 9 * (4 + 4));
  assert.equal(macs("MultiHeadAttention", [[2, 5, 4, 3, 4]], four), 2 * 4 * 5 * 5 * (4 + 4));
  // Two queries share each head of keys.
  const shared: Shape[] = [[2, 5, 16], [2, 3, 8], [2, 3, 8]];
  assert.equal(macs("Attention", shared, { q_num_heads: 4, kv_num_heads: 2 }), 2 * 4 * 5 * 3 * (4 + 4));
  // A packed projection first: 10 rows of 16 by 56, and the 2000 of above.
  const sizes = { num_heads: 4, qkv_hidden_sizes: [16, 16, 24] };
  assert.equal(macs("Attention", [[2, 5, 16], [16, 56], [56]], sizes), 10_960);
  const stored: Shape[] = [flat, [16, 48], [48]];
  const before: Shape = [2, 2, 4, 7, 4];
  assert.equal(macs("Attention", [...stored, undefined, before], four), 2 * 16 * 48 + 512);
});

Deno.test("countMacs: a past that shares a buffer with what is added is as long as only the run knows", () => {
  const attended = (op: string, first: Shape[], before: Shape[], holes: number) => {
    const g = new GraphBuilder("shared");
    const values = [...first, ...Array<undefined>(holes), ...before].map((shape, i) =>
      shape && g.input(`i${i}`, "float32", shape)
    );
    const length = g.input("filled", "int32", [1]);
    const behind = op === "Attention" ? [undefined, length] : [length];
    const shared = { num_heads: 4, ...op === "Attention" && { past_present_share_buffer: 1 } };
    g.output(g.node(op, [...values, ...behind], shared, { domain: "com.microsoft" })[0]!);
    return () => countMacs(g.model());
  };
  const flat: Shape = [2, 1, 16];
  const unknown =
    /it has .*past_sequence_length.* multiply-accumulates; past_sequence_length is only known when/;
  const buffer: Shape = [2, 4, 2048, 4];
  assert.throws(attended("MultiHeadAttention", [flat, flat, flat], [buffer, buffer], 3), unknown);
  assert.throws(attended("Attention", [flat, [16, 48], [48]], [[2, 2, 4, 2048, 4]], 1), unknown);
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

Deno.test("parameterNames: weights, through reshaping too, but no statistics, shapes or settings", () => {
  const g = new GraphBuilder("kinds");
  const ids = g.input("ids", "int64", ["N", 6]);
  const table = g.parameter("table", ones(9, 4));
  const positions = g.slice(g.parameter("positions", ones(16, 4)), [0], [6], [0]);
  let x = g.add(g.gather(table, ids), positions);
  x = g.matMul(x, g.transpose(g.reshape(g.parameter("flat", ones(16)), [4, 4]), [1, 0]));
  x = g.mul(x, g.parameter("halves", float32([0.5], [])));
  x = g.clip(x, g.parameter("low", ones()), g.parameter("high", ones()));
  const [scale, bias, mean, variance] = ["scale", "bias", "mean", "variance"].map((name) =>
    g.parameter(name, ones(6))
  );
  x = g.batchNorm(x, scale!, bias!, mean!, variance!);
  x = g.matMul(x, g.node("ConstantOfShape", [g.ints([4, 2])], { value: ones(1) }, { name: "made" })[0]!);
  x = g.add(x, g.node("Constant", [], { value: ones(1, 6, 2) }, { name: "/anchors/Constant_output_0" })[0]!);
  x = g.add(x, g.node("Constant", [], { value: ones(2) }, { name: "shift" })[0]!);
  g.output(g.gather(x, g.parameter("indices", int64([0])), 1));
  const model = inferShapes(g.model());
  assert.deepEqual(
    [...parameterNames(model)].sort(),
    ["bias", "flat", "made", "positions", "scale", "shift", "table"],
  );
  assert.equal(countMacs(g.model()).parameters, 6 + 16 + 8 + 64 + 6 + 2 + 36);
});

/** A body as a graph, from what it takes to what it gives. */
function body(inputs: Record<string, Shape>, build: (g: GraphBuilder) => Value[]): Attribute {
  const g = new GraphBuilder("body");
  for (const [name, shape] of Object.entries(inputs)) {
    const type = name === "turn" ? "int64" : name === "goes on" ? "bool" : "float32";
    g.input(name, type, shape);
  }
  const outputs = build(g);
  for (const [i, value] of outputs.entries()) g.output(value, `out ${i}`);
  return { type: "graph", value: g.graph() };
}

/** A loop that multiplies [4, 6] by [6, 6] at each turn and gives what is left and all steps. */
function looped(
  turns: (g: GraphBuilder) => Value[],
  end = (g: GraphBuilder) => g.node("Identity", ["goes on"])[0]!,
) {
  const g = new GraphBuilder("looped");
  const x = g.input("x", "float32", [4, 6]);
  const inner = body({ turn: [], "goes on": [], state: [4, 6] }, (b) => {
    const next = b.matMul("state", b.parameter("w", ones(6, 6)));
    return [end(b), next, b.node("Identity", [next])[0]!];
  });
  const [state, steps] = g.node("Loop", [...turns(g), x], { body: inner }, { outputs: 2 });
  g.output(g.matMul(state!, g.parameter("last", ones(6, 2))), "y");
  g.output(g.matMul(steps!, g.parameter("each", ones(6, 3))), "z");
  return g.model();
}

Deno.test("parameterNames: no zeros that a recurrent cell begins with, one row for each example", () => {
  const g = new GraphBuilder("cell");
  const x = g.input("x", "float32", [2, 3]);
  const [zeros] = g.node("Constant", [], { value: float32(new Float32Array(10), [2, 5]) }, {
    name: "/cell/Constant_output_0",
  });
  const old = g.gemm(zeros!, g.parameter("weight_hh", ones(5, 4)), g.parameter("bias_hh", ones(4)));
  const now = g.gemm(x, g.parameter("weight_ih", ones(3, 4)), g.parameter("bias_ih", ones(4)));
  // A left side with a name of its own is a weight, whatever its numbers are at the start.
  const factor = g.parameter("factor", float32(new Float32Array(6), [2, 3]));
  g.output(g.add(g.add(old, now), g.matMul(factor, g.parameter("other", ones(3, 4)))), "y");
  assert.equal(countMacs(g.model()).parameters, 5 * 4 + 4 + 3 * 4 + 4 + 2 * 3 + 3 * 4);
});

Deno.test("parameterNames: no sizes that pruning stores, though they are turned into floats", () => {
  const g = new GraphBuilder("scaled");
  const h = g.conv(g.input("x", "float32", [1, 3, 5, 5]), g.parameter("w1", ones(8, 3, 1, 1)));
  const sizes = g.node("Cast", [g.node("Shape", [h])[0]!], { to: 1 })[0]!;
  const channels = g.gather(sizes, g.parameter("one", int64([1])), 0);
  const scaled = g.mul(h, g.node("Pow", [channels, g.parameter("half", float32([-0.5], []))])[0]!);
  g.output(g.conv(scaled, g.parameter("w2", ones(2, 8, 1, 1))), "y");
  const plan = planForCost(g.model(), { target: { parameters: 0.5 }, roundTo: 1 });
  // 4 of 8 channels stay, each of 3 numbers in the first layer and of 2 in the second.
  assert.equal(plan.after.parameters, 20);
  assert.equal(countMacs(prune(g.model(), plan)).parameters, 20);
});

Deno.test("countMacs: a loop's body counts at each turn, where the number of turns is known", () => {
  const yes = (g: GraphBuilder) => g.constant(new Tensor("bool", [true], []));
  const cost = (turns: number) => ({
    macs: turns * 4 * 36 + 4 * 12 + turns * 4 * 18,
    parameters: 36 + 12 + 18,
  });
  assert.deepEqual(countMacs(looped((g) => [g.constant(int64([5], [])), yes(g)])), cost(5));
  assert.deepEqual(countMacs(looped((g) => [g.constant(int64([3], [])), ""])), cost(3));
  // As many as the input has rows.
  const rows = (g: GraphBuilder) =>
    g.node("Gather", [g.node("Shape", ["x"])[0]!, g.constant(int64([0], []))])[0]!;
  assert.deepEqual(countMacs(looped((g) => [rows(g), yes(g)])), cost(4));
  assert.deepEqual(countMacs(looped((g) => [g.constant(int64([2], [])), yes(g)], yes)), cost(2));
  const open = [
    looped((g) => [g.input("n", "int64", []), yes(g)]),
    looped((g) => ["", yes(g)]),
    looped((g) => [g.constant(int64([5], [])), g.input("begins", "bool", [])]),
    looped((g) => [g.constant(int64([5], [])), yes(g)], (g) => g.node("Not", ["goes on"])[0]!),
  ];
  for (const model of open) {
    assert.throws(
      () => countMacs(model),
      /Loop.*takes 144 at each turn, and how many turns there are is only/,
    );
  }
});

Deno.test("countMacs: a loop whose state grows has another cost at each turn", () => {
  const g = new GraphBuilder("growing");
  const x = g.input("x", "float32", [1, 6]);
  const inner = body({ turn: [], "goes on": [], state: ["length", 6] }, (b) => [
    b.node("Identity", ["goes on"])[0]!,
    b.concat([b.matMul("state", b.parameter("w", ones(6, 6))), "state"], 0),
  ]);
  g.output(g.node("Loop", [g.constant(int64([3], [])), "", x], { body: inner })[0]!, "y");
  assert.throws(
    () => countMacs(g.model()),
    /Loop.*takes 36 at its first turn, and the shape of "out 1", with which the next turn begins, is only known/,
  );
});

Deno.test("countMacs: a scan's body counts for each slice", () => {
  const g = new GraphBuilder("scanned");
  const x = g.input("x", "float32", [4, 7, 6]);
  const inner = body({ state: [4, 6], slice: [4, 6] }, (b) => {
    const next = b.add(b.matMul("state", b.parameter("w", ones(6, 6))), "slice");
    return [next, b.node("Identity", [next])[0]!];
  });
  const start = g.constant(ones(4, 6));
  const attributes = { body: inner, num_scan_inputs: 1, scan_input_axes: [1], scan_output_axes: [-2] };
  const [last, all] = g.node("Scan", [start, x], attributes, { outputs: 2 });
  g.output(g.matMul(last!, g.parameter("a", ones(6, 2))), "y");
  g.output(g.matMul(all!, g.parameter("b", ones(6, 2))), "z");
  assert.deepEqual(inferShapes(g.model()).graph.values.get("z")?.shape, [4, 7, 2]);
  assert.equal(countMacs(g.model()).macs, 7 * 4 * 36 + 4 * 12 + 28 * 12);
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
