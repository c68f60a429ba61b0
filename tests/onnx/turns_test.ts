import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import type { Attribute } from "../../lib/onnx/attribute.ts";
import { float32, int64, Tensor } from "../../lib/tensor/tensor.ts";

const ones = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);

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
