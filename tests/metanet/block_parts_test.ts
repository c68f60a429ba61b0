import assert from "node:assert/strict";
import { blockParts } from "../../lib/metanet/block_parts.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { branched } from "./branched.ts";

const graph = metaGraph(branched());

for (const most of [1, 40, 300, Infinity]) {
  Deno.test(`the parts of a block are the block, row by row, whatever they may hold: ${most}`, () => {
    const parts = blockParts(graph, { width: 4, most });
    graph.blocks.forEach(({ kind, from, to, taps, features }, block) => {
      const own = parts.filter((part) => part.block === block);
      assert.deepEqual(own.flatMap(({ features }) => [...features.data as Float32Array]), [
        ...features.data as Float32Array,
      ]);
      assert.equal(own.reduce((rows, { shape }) => rows + shape[0]!, 0), to.length);
      for (const { start, shape, rows, columns, features: view } of own) {
        assert.equal((view.data as Float32Array).buffer, (features.data as Float32Array).buffer, "a view");
        const edges = shape.reduce((a, b) => a * b);
        assert.deepEqual([view.dims, rows.length], [[edges, taps.length], shape[0]]);
        assert.equal(columns.length, kind === "dense" ? from.length : shape[0]);
        assert.equal(features.data[start], view.data[0]);
        // A row stays whole; else a part has no more than it may.
        assert.ok(shape[0] === 1 || edges * Math.max(4, taps.length) <= most);
      }
    });
    if (most === Infinity) assert.equal(parts.length, graph.blocks.length);
  });
}

Deno.test("rows and columns are nodes numbered through all layers: each end of an edge is in its layers", () => {
  const starts = graph.layers.map((_, i) =>
    graph.layers.slice(0, i).reduce((sum, { channels }) => sum + channels, 0)
  );
  const layerOf = (node: number) => starts.findLastIndex((start) => start <= node);
  for (const { block, rows, columns } of blockParts(graph, { width: 4, most: 100 })) {
    const { from, to } = graph.blocks[block]!;
    assert.ok(rows.every((node) => to.layers.includes(layerOf(node))));
    assert.ok(columns.every((node) => from.layers.includes(layerOf(node))));
  }
});
