import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { producers } from "../../lib/onnx/topology.ts";
import { matchFilterGradient, padForTaps } from "../../lib/runtime/filter_gradient.ts";
import { CONVOLUTIONS, filterGradientOf } from "./filter_gradients.ts";

/** All filter gradients that are seen in a convolution's gradient. */
function seenIn(convolution: Parameters<typeof filterGradientOf>[0]) {
  const { graph } = inferShapes(filterGradientOf(convolution).model);
  const g = new GraphBuilder(graph);
  const made = producers(graph);
  return graph.nodes.flatMap((node) => {
    const found = matchFilterGradient(g, node, made);
    return found ? [{ g, found }] : [];
  });
}

Deno.test("a filter gradient is seen with the sizes of the convolution that it is of, and x padded to its taps", () => {
  for (const [name, convolution] of Object.entries(CONVOLUTIONS)) {
    const { x, w, attributes = {} } = convolution;
    const [{ g, found }, ...more] = seenIn(convolution) as [ReturnType<typeof seenIn>[0]];
    assert.equal(more.length, 0, name);
    const { examples, ins, outs, rows, columns, height, width, down, right } = found;
    assert.deepEqual([examples, ins, rows, columns], x, name);
    assert.deepEqual([outs, ins, height, width].slice(0, 2), w.slice(0, 2), name);
    assert.deepEqual([down, right], attributes.strides ?? [1, 1]);
    const { padded, paddedRows, paddedColumns } = padForTaps(g, found);
    assert.deepEqual(g.shape(padded), [examples, ins, paddedRows, paddedColumns]);
    assert.deepEqual([paddedRows, paddedColumns], [
      height + (found.high - 1) * down,
      width + (found.wide - 1) * right,
    ]);
  }
});

Deno.test("no other convolution is taken for one: of groups, of dilated filters, or of an image", () => {
  assert.deepEqual(seenIn({ x: [2, 4, 5, 5], w: [4, 2, 3, 3], attributes: { group: 2 } }), []);
  assert.deepEqual(seenIn({ x: [1, 2, 9, 10], w: [3, 2, 2, 3], attributes: { dilations: [2, 1] } }), []);
  const g = new GraphBuilder();
  const y = g.conv(g.input("x", "float32", [1, 2, 4, 4]), g.input("w", "float32", [2, 2, 3, 3]));
  g.output(y, "y");
  const { graph } = inferShapes(g.model());
  assert.equal(matchFilterGradient(new GraphBuilder(graph), graph.nodes[0]!, producers(graph)), undefined);
});
