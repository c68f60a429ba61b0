import { deepEqual, ok } from "node:assert/strict";
import { type AttributeLike, type Attributes, toAttributes } from "../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import type { Dim } from "../../lib/onnx/dim.ts";
import type { Model, Node } from "../../lib/onnx/model.ts";
import { rowOf } from "../../lib/onnx/operators/table.ts";
import { fixups } from "../../lib/prune/fixups/table.ts";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune, type Surgery } from "../../lib/prune/prune.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, int64, type Tensor, tensorOf } from "../../lib/tensor/tensor.ts";

/** What a value was, and which of its positions stay, by axis. */
interface Before {
  shape?: Dim[];
  kept?: Record<number, number[]>;
  contents?: number[];
}

/** What becomes of a node: operators, their settings, and the stored numbers that they read. */
function fixed(
  op: string,
  values: Record<string, Before>,
  { attributes = {}, opset = 20, outputs = ["y"], makers = {} }: {
    attributes?: Record<string, AttributeLike>;
    makers?: Record<string, Node>;
    opset?: number;
    outputs?: string[];
  } = {},
) {
  const stored: Record<string, number[]> = {};
  let count = 0;
  const surgery: Surgery = {
    opset,
    shape: (name) => values[name ?? ""]?.shape,
    type: () => "float32",
    contents: (name) => values[name ?? ""]?.contents,
    kept: (name, axis) => {
      const kept = values[name ?? ""]?.kept?.[axis];
      return kept && Int32Array.from(kept);
    },
    period: () => undefined,
    maker: (name) => makers[name ?? ""],
    readers: (name) => Object.values(makers).filter(({ inputs }) => inputs.includes(name)),
    constant(_, tensor) {
      const name = `c${count++}`;
      stored[name] = Array.from((tensor as Tensor).data as BigInt64Array, Number);
      return name;
    },
    freeName: (stem) => `${stem}#`,
  };
  const inputs = Object.keys(values).filter((name) => !outputs.includes(name));
  const node: Node = { op, inputs, outputs, attributes: toAttributes(attributes) };
  const nodes = rowOf(fixups, node)!(node, surgery);
  const plain = (given: Attributes) =>
    Object.fromEntries(Object.entries(given).map(([k, { value }]) => [k, value]));
  return {
    nodes: nodes.map((one) => one === node ? "as it was" : `${one.op}(${one.inputs}) → ${one.outputs}`),
    attributes: plain(nodes.at(-1)!.attributes),
    stored: Object.values(stored),
  };
}

Deno.test("nothing that kept all its channels is fixed", () => {
  const x = { shape: [2, 4, 3] };
  for (const op of ["Reshape", "Expand", "Shape", "Size", "Split", "Slice", "Gather", "Pad", "Squeeze"]) {
    deepEqual(fixed(op, { x, other: { contents: [1], shape: [1] }, y: x }).nodes, ["as it was"], op);
  }
});

Deno.test("a Reshape to stored sizes names the new ones; zeros and the −1 go on meaning what they meant", () => {
  const y = { shape: [2, 4, 3], kept: { 1: [0, 3] } };
  deepEqual(fixed("Reshape", { x: {}, to: { contents: [2, 4, 3] }, y }).stored, [[2, 2, 3]]);
  deepEqual(fixed("Reshape", { x: {}, to: { contents: [0, 4, -1] }, y }).stored, [[0, 2, -1]]);
  deepEqual(fixed("Reshape", { x: {}, to: { contents: [0, -1, 3] }, y }).nodes, ["as it was"]);
});

Deno.test("sizes that are computed go on being computed, but for the entry that changed", () => {
  const y = { shape: ["N", 4, "T"], kept: { 1: [0, 3] } };
  const { nodes, stored } = fixed("Reshape", { x: {}, to: {}, y });
  deepEqual(stored, [[1, 0, 1], [0, 2, 0]]);
  deepEqual(nodes, ["Mul(to,c0) → y.sizes#", "Add(y.sizes#,c1) → y.sizes#", "Reshape(x,y.sizes#) → y"]);
});

Deno.test("who reads a Shape gets the old size still", () => {
  const { nodes, stored } = fixed("Shape", { x: { shape: [2, 4], kept: { 1: [1] } } });
  deepEqual([nodes.at(-1), stored], ["Identity(c0) → y", [[2, 4]]]);
  const unknown = fixed("Shape", { x: { shape: ["N", 4], kept: { 1: [1] } } });
  deepEqual(unknown.stored, [[1, 0], [0, 4]]);
});

Deno.test("what a round of pruning overrode before is overridden once, not again and again", () => {
  const made = (op: string, inputs: string[], output: string): Node => ({
    op,
    inputs,
    outputs: [output],
    attributes: {},
  });
  const before = {
    product: made("Mul", ["old", "times"], "product"),
    target: made("Add", ["plus", "product"], "target"),
  };
  const y = { shape: ["N", 4, 3] as Dim[], kept: { 1: [0, 3] } };
  const stored = { times: { contents: [1, 0, 1] }, plus: { contents: [0, 4, 0] } };
  const again = fixed("Expand", { x: { shape: [1] }, target: { shape: [3] }, ...stored, y }, {
    makers: before,
  });
  deepEqual(again.nodes, [
    "Mul(old,c0) → y.sizes#",
    "Add(y.sizes#,c1) → y.sizes#",
    "Expand(x,y.sizes#,times,plus) → y",
  ]);
  deepEqual(again.stored, [[1, 0, 1], [0, 2, 0]]);
  // Of a size that is overridden by all who read it nothing has to be kept.
  const x = { shape: ["N", 4] as Dim[], kept: { 1: [0, 3] } };
  const read = (times: number[]) =>
    fixed("Shape", { x, times: { contents: times } }, {
      makers: { product: made("Mul", ["y", "times"], "product") },
    }).nodes;
  deepEqual(read([1, 0]), ["as it was"]);
  deepEqual(read([1, 1])[0], "Shape(x,times) → y.now#");
});

Deno.test("a Size is the product of what the sizes were", () => {
  const { nodes, stored } = fixed("Size", { x: { shape: ["N", 6], kept: { 1: [0, 5] } } });
  deepEqual(nodes, [
    "Shape(x) → y.shape#.now#",
    "Mul(y.shape#.now#,c0) → y.shape#.sizes#",
    "Add(y.shape#.sizes#,c1) → y.shape#.sizes#",
    "Identity(y.shape#.sizes#) → y.shape#",
    "ReduceProd(y.shape#) → y",
  ]);
  deepEqual(stored, [[1, 0], [0, 6]]);
});

Deno.test("groups of a convolution are as many as are left", () => {
  const attributes = { group: 6 };
  const x = { shape: [1, 6, 5], kept: { 1: [0, 2, 3] } };
  const w = { shape: [6, 1, 3], kept: { 0: [0, 2, 3] } };
  deepEqual(fixed("Conv", { x, w, y: {} }, { attributes }).attributes, { group: 3 });
  // Two groups of three inputs, of each the last left: still two groups.
  const two = {
    x: { shape: [1, 6, 5], kept: { 1: [0, 1, 3, 4] } },
    w: { shape: [4, 3, 3], kept: { 1: [0, 1] } },
  };
  deepEqual(fixed("Conv", two, { attributes: { group: 2 } }).nodes, ["as it was"]);
});

Deno.test("norm groups keep their size", () => {
  const x = { shape: [1, 8, 5], kept: { 1: [0, 1, 4, 5] } };
  deepEqual(fixed("GroupNormalization", { x }, { attributes: { num_groups: 4 } }).attributes, {
    num_groups: 2,
  });
});

Deno.test("a Split is told how many of each part are left, as an attribute before operator set 13", () => {
  const x = { shape: [2, 5], kept: { 1: [0, 3, 4] } };
  const values = { x, a: { shape: [2, 2], kept: { 1: [0] } }, b: { shape: [2, 3], kept: { 1: [1, 2] } } };
  const options = { attributes: { axis: 1, num_outputs: 2 }, outputs: ["a", "b"] };
  const now = fixed("Split", values, options);
  deepEqual([now.stored, now.attributes], [[[1, 2]], { axis: 1 }]);
  const old = fixed("Split", values, { ...options, attributes: { axis: 1 }, opset: 11 });
  deepEqual(old.attributes, { axis: 1, split: [1, 2] });
});

Deno.test("a Slice along channels becomes a Gather of those that stay; along pixels it stays a Slice", () => {
  const x = { shape: [2, 6, 5], kept: { 1: [0, 2, 3, 5] } };
  const slice = (axes: number[], starts: number[], ends: number[]) =>
    fixed("Slice", {
      x,
      starts: { contents: starts },
      ends: { contents: ends },
      axes: { contents: axes },
    });
  const only = slice([1], [1], [6]);
  deepEqual(only.nodes, ["Gather(x,c0) → y.kept#", "Identity(y.kept#) → y"]);
  deepEqual(only.stored, [[1, 2, 3]]);
  deepEqual(slice([2], [0], [3]).nodes, ["as it was"]);
  const both = slice([1, 2], [1, 0], [6, 3]);
  deepEqual(both.nodes.map((text) => text.split("(")[0]), ["Gather", "Slice"]);
  deepEqual(both.stored.slice(1, 4), [[0], [3], [2]]);
});

Deno.test("a Gather has new numbers for what is left", () => {
  const x = { shape: [2, 6], kept: { 1: [1, 4, 5] } };
  const { stored } = fixed("Gather", { x, at: { contents: [5, 0, -2], shape: [3] } }, {
    attributes: { axis: 1 },
  });
  deepEqual(stored, [[2, 1]]);
});

Deno.test("padding shrinks with the padded places that left", () => {
  const values = {
    x: { shape: [2, 3] },
    pads: { contents: [0, 1, 0, 2] },
    y: { shape: [2, 6], kept: { 1: [1, 3, 5] } },
  };
  deepEqual(fixed("Pad", values).stored, [[0, 0, 0, 1]]);
});

Deno.test("a Squeeze of whatever has length 1 names those that had it before", () => {
  const x = { shape: [1, 4, 1], kept: { 1: [2] } };
  deepEqual(fixed("Squeeze", { x }).stored, [[0, 2]]);
  deepEqual(fixed("Squeeze", { x }, { opset: 11 }).attributes, { axes: [0, 2] });
  deepEqual(fixed("Squeeze", { x, axes: { contents: [] } }).stored, [[0, 2]]);
  deepEqual(fixed("Squeeze", { x, axes: { contents: [2] } }).nodes, ["as it was"]);
  const none = { shape: [2, 4, 3], kept: { 1: [2] } };
  deepEqual(fixed("Squeeze", { none, axes: { contents: [] } }).nodes, ["Identity(none) → y"]);
  deepEqual(fixed("Squeeze", { none }, { opset: 11 }).nodes, ["Identity(none) → y"]);
});

Deno.test("a Resize to sizes names as many channels as are left", () => {
  const y = { shape: [1, 4, 6], kept: { 1: [0, 1, 2] } };
  deepEqual(fixed("Resize", { x: {}, roi: {}, scales: {}, sizes: {}, y }).stored, [[1, 3, 6]]);
});

Deno.test("a mean goes on being one over all channels that there were", () => {
  const x = { shape: [2, 4, 6], kept: { 1: [0], 2: [1, 2] } };
  const attributes = { axes: [1, 2], keepdims: 0 };
  const { nodes, stored } = fixed("ReduceMean", { x, y: { shape: [2] } }, { attributes });
  deepEqual(nodes, ["ReduceMean(x) → y.kept#", "Mul(y.kept#,c0) → y"]);
  ok(Math.abs(stored[0]![0]! - 1 / 12) < 1e-7);
  const over = fixed("ReduceMean", { x, y: { shape: [2, 4, 6] } }, { attributes: { axes: [0] } });
  deepEqual(over.nodes, ["as it was"]);
});

Deno.test("a constant factor behind a mean takes up what it lost", () => {
  const x = { shape: [2, 4], kept: { 1: [0, 3] } };
  const c = { shape: [], contents: [6] };
  const mean = { op: "ReduceMean", inputs: ["x"], outputs: ["m"], attributes: toAttributes({ axes: [1] }) };
  const mul = { op: "Mul", inputs: ["c", "m"], outputs: ["z"], attributes: {} };
  const m = { shape: [2, 1] };
  const behind = fixed("Mul", { c, m, x }, { makers: { m: mean, z: mul } });
  deepEqual(behind.stored, [[3]]);
  const values = { x, m, c };
  const before = fixed("ReduceMean", values, {
    attributes: { axes: [1] },
    outputs: ["m"],
    makers: { m: mean, z: mul },
  });
  deepEqual(before.nodes, ["as it was"]);
});

/** A convolution of 8 channels, something behind it, and another that reads `left` of them. */
function between(rank: 1 | 2, left: number, something: (g: GraphBuilder, x: Value) => Value) {
  const g = new GraphBuilder();
  const window = Array.from({ length: rank }, () => 1);
  const x = g.input("x", "float32", [1, 3, ...["H", "W"].slice(0, rank)]);
  const random = seededRandom(1, "between");
  const weights = (o: number, i: number, name: string) =>
    g.parameter(
      name,
      float32(Float32Array.from({ length: o * i }, () => random.normal()), [o, i, ...window]),
    );
  const h = something(g, g.conv(x, weights(8, 3, "a")));
  g.output(g.conv(g.relu(h), weights(2, left, "b")), "y");
  return g.model();
}

const ints = (g: GraphBuilder, ...numbers: number[]) => g.constant(int64(numbers));

const COMPUTED: Record<string, [model: Model, fed: number[]]> = {
  "Pad to a multiple": [
    between(2, 8, (g, h) => {
      const sizes = g.node("Shape", [h], { start: 2, end: 4 })[0]!;
      const rest = g.node("Mod", [sizes, ints(g, 2, 2)])[0]!;
      const none = ints(g, 0, 0);
      return g.node("Pad", [h, g.node("Concat", [none, none, none, rest], { axis: 0 })[0]!])[0]!;
    }),
    [1, 3, 5, 4],
  ],
  "Pad to a multiple, with a channel in front": [
    between(2, 9, (g, h) => {
      const sizes = g.node("Shape", [h], { start: 2, end: 4 })[0]!;
      const rest = g.node("Mod", [sizes, ints(g, 2, 2)])[0]!;
      const none = ints(g, 0, 0);
      return g.node("Pad", [h, g.node("Concat", [ints(g, 0, 1), none, none, rest], { axis: 0 })[0]!])[0]!;
    }),
    [1, 3, 5, 4],
  ],
  "Slice to a length": [
    between(1, 4, (g, h) => {
      const length = g.node("Shape", [h], { start: 2, end: 3 })[0]!;
      const half = g.node("Div", [length, ints(g, 2)])[0]!;
      const ends = g.node("Concat", [ints(g, 4), half], { axis: 0 })[0]!;
      return g.node("Slice", [h, ints(g, 0, 0), ends, ints(g, 1, 2)])[0]!;
    }),
    [1, 3, 6],
  ],
  "Slice of int32": [
    between(1, 4, (g, h) => {
      const length = g.node("Shape", [h], { start: 2, end: 3 })[0]!;
      const ends = g.cast(g.node("Concat", [ints(g, 8), length], { axis: 0 })[0]!, "int32");
      const list = (...numbers: number[]) => g.constant(tensorOf("int32", numbers, [numbers.length]));
      return g.node("Slice", [h, list(1, 1), ends, list(1, 2), list(2, 1)])[0]!;
    }),
    [1, 3, 6],
  ],
};

for (const [name, [model, fed]] of Object.entries(COMPUTED)) {
  Deno.test(`what is computed along other axes stays so: ${name}`, async () => {
    const inputShapes = { x: fed };
    const plan = planPruning(model, { target: { macs: 0.7 }, roundTo: 1, inputShapes });
    ok(plan.after.macs < plan.before.macs);
    ok(await checkPruned(model, prune(model, plan), plan, { inputShapes }) < 1e-5);
  });
}
