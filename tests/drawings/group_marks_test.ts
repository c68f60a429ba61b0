import assert from "node:assert/strict";
import { groupMarks, SINGLE } from "../../lib/drawings/group_marks.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { MUTED } from "../../lib/plot/palette.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

Deno.test("groups of one layer share a colour and have no letter; the output's channels are grey", () => {
  const groups = channelGroups(mlp({ sizes: [4, 8, 8, 3] }));
  const { wide, markOf } = groupMarks(groups);
  const marks = groups.model.graph.nodes.filter(({ op }) => op === "Gemm").map((node) => markOf(node)!);
  assert.deepEqual(wide, []);
  assert.deepEqual(marks.map(({ color, letter, layers }) => [color, letter, layers]), [
    [SINGLE, undefined, 1],
    [SINGLE, undefined, 1],
    [MUTED, undefined, 1],
  ]);
});

Deno.test("groups through several layers have letters in turn, and a colour each, up to eight", () => {
  const g = new GraphBuilder();
  let x = g.input("x", "float32", ["N", 4]);
  for (let i = 0; i < 10; i++) {
    const branch = (name: string) =>
      g.matMul(x, g.parameter(`${name}${i}`, float32(new Float32Array(16).fill(1), [4, 4])));
    x = g.relu(g.add(branch("a"), branch("b")));
  }
  g.output(g.matMul(x, g.parameter("last", float32(new Float32Array(8), [4, 2]))), "y");
  const groups = channelGroups(g.model());
  const { wide, markOf } = groupMarks(groups);
  assert.equal(wide.map(({ letter }) => letter).join(""), "ABCDEFGH");
  assert.equal(new Set(wide.map(({ color }) => color)).size, 8);
  assert.ok(wide.every(({ layers }) => layers === 2));
  const letters = g.model().graph.nodes.map((node) => markOf(node)?.letter ?? ".").filter((_, i) =>
    i % 4 < 2
  );
  assert.equal(letters.slice(0, 16).join(""), "AABBCCDDEEFFGGHH");
});
