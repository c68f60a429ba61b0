import assert from "node:assert/strict";
import { isVast, pixelsOf, placesOf } from "../../lib/metagraph/channels.ts";
import { onAxis, withoutChannels } from "../../lib/metagraph/axis_layout.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { Net } from "../prune/net.ts";

Deno.test("places in a window are told from its centre, rows before columns, gaps counted", () => {
  assert.deepEqual(placesOf([2, 3]), [[-0.5, -1], [-0.5, 0], [-0.5, 1], [0.5, -1], [0.5, 0], [0.5, 1]]);
  assert.deepEqual(placesOf([3], [2]), [[0, -2], [0, 0], [0, 2]]);
  assert.deepEqual(placesOf([1, 1, 1]), [[0, 0, 0]]);
  assert.deepEqual(placesOf([]), [[0, 0]]);
});

Deno.test("pixels are what lies beside batch and channels; unknown ones are none", () => {
  const map = onAxis(withoutChannels(["N", 3, 5, 7]), 1, Int32Array.of(0, 1, 2));
  assert.deepEqual([pixelsOf(map, 1), pixelsOf(withoutChannels(["N", 3, "T"]), 1)], [35, 0]);
  assert.deepEqual([isVast(withoutChannels([2 ** 16]), 0), isVast(withoutChannels([2 ** 16 + 1]), 0)], [
    false,
    true,
  ]);
});

Deno.test("a flattened map is read with a tap for each of its pixels, where they were", () => {
  const n = new Net();
  const x = n.conv(n.g.input("x", "float32", [1, 2, 2, 3]), 2, 4);
  n.g.output(n.linear(n.g.flatten(x), 24, 5), "y");
  const { blocks } = metaGraph(n.g.model());
  const { from, to, taps } = blocks.at(-1)!;
  assert.deepEqual([from.length, to.length, taps], [4, 5, placesOf([2, 3])]);
});

Deno.test("a channel that is read twice has a copy of its own for each place", () => {
  const n = new Net();
  const x = n.linear(n.g.input("x", "float32", [1, 3]), 3, 2);
  n.g.output(n.linear(n.g.concat([x, x], 1), 4, 5), "y");
  const { layers, blocks } = metaGraph(n.g.model());
  assert.deepEqual(layers.map(({ kind, channels }) => [kind, channels]), [["input", 3], ["weighted", 2], [
    "merge",
    4,
  ], ["weighted", 5]]);
  const copies = blocks.filter(({ role }) => role === "identity");
  assert.deepEqual(copies.map(({ from, to }) => [from.length, to.length]), [[2, 2], [2, 2]]);
});
