import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { float32 } from "../../lib/tensor/tensor.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { metaGraphFigure } from "../../lib/drawings/meta_graph.ts";
import { PALETTE } from "../../lib/plot/palette.ts";
import { assertPicture } from "../plot/picture.ts";
import { select } from "../plot/select.ts";

Deno.test("metaGraphFigure draws a dot per node, the heaviest edges, and an arc for a shortcut, before and after", () => {
  const build = (hidden: number) => {
    const g = new GraphBuilder("residual");
    const x = g.input("x", "float32", ["N", 2]);
    const weight = (name: string, dims: number[]) =>
      g.parameter(name, float32(Array.from({ length: dims[0]! * dims[1]! }, (_, i) => (i % 5) - 1), dims));
    const first = g.relu(g.matMul(x, weight("w1", [2, 4])));
    const inner = g.relu(g.matMul(first, weight("w2", [4, hidden])));
    g.output(g.matMul(g.add(g.matMul(inner, weight("w3", [hidden, 4])), first), weight("w4", [4, 1])), "y");
    return metaGraph(g.model());
  };
  const figure = metaGraphFigure(build(6), { after: build(3) });
  // Root of the channels, twice, but no more than there are: 2, 4, 5 of 6, 4, 1 and 2, 4, 3, 4, 1.
  strictEqual(select(figure, "circle").length, 16 + 14);
  const counts = select(figure, "g > text").map((text) => text.textContent).filter((text) =>
    /^\d+$/.test(text!)
  );
  deepStrictEqual(counts, ["2", "4", "6", "4", "1", "2", "4", "3", "4", "1"]);
  strictEqual(select(figure, `path[stroke="${PALETTE[1]}"][d*="C"]`).length, 2);
  assertPicture(figure, "meta_graph");
});
