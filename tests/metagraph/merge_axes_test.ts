import assert from "node:assert/strict";
import type { Value } from "../../lib/onnx/builder.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { Net } from "../prune/net.ts";

/** Layers by kind and channels, and identities from layer to layer, of a network with four channels. */
function graphOf(build: (n: Net, x: Value) => Value) {
  const n = new Net();
  const x = n.conv(n.g.input("x", "float32", [1, 3, 4, 4]), 3, 4);
  n.g.output(n.conv(build(n, x), 4, 2), "y");
  const { layers, blocks } = metaGraph(n.g.model());
  return {
    layers: layers.map(({ kind, channels }) => `${kind} ${channels}`),
    identities: blocks.filter(({ role }) => role === "identity").map((
      { from, to },
    ) => [from.layers[0], to.layers[0]]),
  };
}

const [input, four, last] = ["input 3", "weighted 4", "weighted 2"];

Deno.test("a residual connection is passed on into the nodes that were made for it", () => {
  const { layers, identities } = graphOf((n, x) => n.g.add(n.conv(n.g.relu(x), 4, 4), x));
  assert.deepEqual([layers, identities], [[input, four, four, last], [[1, 2]]]);
});

Deno.test("what two weights make for one sum are the same nodes, made on two ways", () => {
  const { layers, identities } = graphOf((n, x) => {
    const stem = n.g.relu(x);
    return n.g.add(n.conv(stem, 4, 4), n.conv(stem, 4, 4, 1));
  });
  assert.deepEqual([layers, identities], [[input, four, four, last], []]);
});

Deno.test("where both are read elsewhere, there are new nodes into which both are passed on", () => {
  const { layers, identities } = graphOf((n, x) => {
    const [a, b] = [n.conv(x, 4, 4), n.conv(x, 4, 4)];
    return n.g.add(n.g.add(a, b), n.conv(n.g.add(n.conv(a, 4, 4), n.conv(b, 4, 4)), 4, 4));
  });
  assert.ok(layers.includes("merge 4"));
  const merge = layers.indexOf("merge 4");
  assert.equal(identities.filter(([, to]) => to === merge).length, 2);
});

Deno.test("a value with itself, and with a number for all, is as it was", () => {
  const { layers, identities } = graphOf((n, x) => n.g.mul(n.g.add(x, x), 2));
  assert.deepEqual([layers, identities], [[input, four, last], []]);
});
