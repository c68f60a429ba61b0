import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Graph } from "../../lib/onnx/model.ts";
import {
  constantTensors,
  consumers,
  fedInputs,
  namesOf,
  neededValues,
  producers,
  sortGraph,
} from "../../lib/onnx/topology.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

Deno.test("what is fed is no stored tensor, and a stored tensor that may be fed over is no constant", () => {
  const g = new GraphBuilder("defaults");
  g.input("x", "float32", [1]);
  g.parameter("w", float32([1]));
  g.parameter("k", int64([1]));
  const { graph } = g.model();
  const listed = { ...graph, inputs: ["x", "w"] };
  assert.deepEqual([fedInputs(listed), [...constantTensors(listed).keys()]], [["x"], ["k"]]);
  assert.deepEqual([...constantTensors(graph).keys()], ["w", "k"]);
});

/** Nodes by name of their outputs, each reading others. */
function graphOf(nodes: Readonly<Record<string, readonly string[]>>, outputs: string[]): Graph {
  return {
    name: "order",
    inputs: ["x"],
    outputs,
    nodes: Object.entries(nodes).map(([name, inputs]) => ({
      op: "Sum",
      inputs,
      outputs: [name],
      attributes: {},
    })),
    initializers: new Map(),
    values: new Map(),
  };
}

const order = (graph: Graph) => graph.nodes.map(({ outputs }) => outputs[0]);

Deno.test("sorted, a node stands behind all that it reads, and a graph in order stays the same object", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat({ max: 9 })), { minLength: 10, maxLength: 10 }),
      fc.gen(),
      (reads, gen) => {
        // Node i reads nodes before it; then the nodes are shuffled.
        const nodes = reads.map((from, i) =>
          [`n${i}`, ["x", ...from.filter((j) => j < i).map((j) => `n${j}`)]] as const
        );
        const shuffled = gen(() => fc.shuffledSubarray(nodes, { minLength: 10 }));
        const sorted = sortGraph(graphOf(Object.fromEntries(shuffled), ["n9"]));
        const names = order(sorted);
        sorted.nodes.forEach(({ inputs }, at) => {
          for (const input of inputs) {
            assert.ok(input === "x" || names.indexOf(input) < at && names.includes(input));
          }
        });
        assert.equal(sortGraph(sorted), sorted);
      },
    ),
  );
});

Deno.test("a graph that nobody can run says why", () => {
  const cases: [Graph, RegExp][] = [
    [graphOf({ a: ["b"], b: ["a"] }, ["a"]), /wait for each other: the graph has a cycle/],
    [graphOf({ a: ["missing"] }, ["a"]), /Sum \(output "a"\) reads value "missing", which nothing produces/],
    [graphOf({ a: ["x"] }, ["z"]), /nothing produces the graph's output "z"/],
    [graphOf({ x: ["x"] }, ["x"]), /value "x" is produced twice, the second time by Sum/],
  ];
  for (const [graph, message] of cases) assert.throws(() => sortGraph(graph), { name: "TypeError", message });
});

Deno.test("producers and consumers are the two ends of each value; omitted inputs are none", () => {
  const graph = graphOf({ a: ["x", ""], b: ["a", "a"] }, ["b"]);
  assert.equal(producers(graph).get("a"), graph.nodes[0]);
  assert.deepEqual(consumers(graph).get("a"), [{ node: graph.nodes[1], index: 0 }, {
    node: graph.nodes[1],
    index: 1,
  }]);
  assert.deepEqual([...consumers(graph).keys()], ["x", "a"]);
  assert.deepEqual([...neededValues(graph)].sort(), ["a", "b", "x"]);
  assert.deepEqual([...namesOf(graphOf({ a: ["x"], b: ["a"] }, ["b"]))].sort(), ["a", "b", "x"]);
});
