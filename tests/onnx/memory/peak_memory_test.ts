import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Graph, Node } from "../../../lib/onnx/model.ts";
import { bytesOf, peakMemory } from "../../../lib/onnx/memory/peak_memory.ts";
import { runOrder } from "../../../lib/onnx/memory/run_order.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";

Deno.test("a value lies in memory from the node that makes it to the last one that reads it", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [10]);
  const a = g.softmax(x); // 40 bytes
  const b = g.softmax(a); // a and b
  const c = g.concat([a, b], 0); // a, b and 80 bytes
  g.output(g.reduceSum(c, [0], { keepdims: false }), "y"); // 80 and 4
  assert.equal(peakMemory(g.graph()), 160);
});

Deno.test("views, and results in an operand's place, take no memory of their own", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [10]);
  const a = g.reshape(g.softmax(x), [2, 5]);
  const b = g.tanh(g.mul(a, 2)); // in a's place
  g.output(g.reduceSum(b, [0, 1], { keepdims: false }), "y");
  assert.equal(peakMemory(g.graph()), 44);
  g.output(a, "a"); // now a stays
  assert.equal(peakMemory(g.graph()), 80 + 4);
});

Deno.test("what two nodes compute is there once", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [10]);
  const twice = [g.softmax(x), g.softmax(x)];
  g.output(g.concat(twice, 0));
  assert.equal(peakMemory(g.graph()), 40 + 80);
});

Deno.test("an unknown size is named", () => {
  const g = new GraphBuilder();
  const y = g.output(g.softmax(g.input("x", "float32", ["N", 4])));
  assert.throws(() => peakMemory(g.graph()), {
    name: "TypeError",
    message:
      `Cannot tell how much memory the graph takes: the size of "${y}" is [N, 4]; give the shapes of its inputs`,
  });
});

/** The most bytes at once, by looking at each moment which values are there and still read later. */
function byLooking(graph: Graph): number {
  const order = runOrder(graph);
  const made = (node: Node) => node.outputs;
  return Math.max(...order.map((_, now) => {
    const later = new Set([...order.slice(now).flatMap(({ inputs }) => inputs), ...graph.outputs]);
    const before = order.slice(0, now).flatMap(made).filter((value) => later.has(value));
    return [...before, ...made(order[now]!)].reduce((sum, value) => sum + bytesOf(graph, value), 0);
  }));
}

Deno.test("random graphs take what a look at every moment finds", () => {
  const random = seededRandom(5);
  for (let trial = 0; trial < 50; trial++) {
    const g = new GraphBuilder();
    const values = [g.input("x", "float32", [1 + random.integer(9)])];
    for (let i = 0; i < 30; i++) {
      const pick = () => values[random.integer(values.length)]!;
      // A constant of its own keeps nodes from being equal.
      const own = g.parameter(`w${i}`, float32([i]));
      values.push(g.concat([pick(), pick(), own].slice(random.integer(2)), 0));
    }
    for (const value of values.slice(-3)) g.output(value);
    assert.equal(peakMemory(g.graph()), byLooking(g.graph()));
  }
});
