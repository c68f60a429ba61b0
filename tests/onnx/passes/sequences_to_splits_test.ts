import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { constantsToInitializers } from "../../../lib/onnx/passes/constants_to_initializers.ts";
import { sequencesToSplits } from "../../../lib/onnx/passes/sequences_to_splits.ts";
import { float32, int64, type Tensor } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";

const x = float32([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 5]);

/** Parts of [2, 5] along its columns, cut as `split` says, in the order of `places`. */
function listOf(split: Tensor, places: readonly number[], opset = 20): Model {
  const g = new GraphBuilder("list", { "": opset });
  const input = g.input("x", "float32", [2, 5]);
  const [list] = g.node("SplitToSequence", [input, g.constant(split)], { axis: -1 });
  places.forEach((place, i) => {
    const [part] = g.node("SequenceAt", [list!, g.node("Constant", [], { value: int64([place], []) })[0]!]);
    g.output(g.neg(part!), `y${i}`);
  });
  return g.model();
}

const operators = ({ graph }: Model) => new Set(graph.nodes.map(({ op }) => op));

Deno.test("a list that is cut and read at known places is a split, and gives what ONNX Runtime makes of it", async () => {
  const cases: [Tensor, number[], number][] = [
    [int64([2], []), [0, 1, 2], 20], // the last part is shorter
    [int64([2, 2, 1]), [-1, 0, 0], 20], // one twice, one not at all
    [int64([3, 2]), [1, 0], 11],
  ];
  for (const [split, places, opset] of cases) {
    const model = listOf(split, places, opset);
    const plain = constantsToInitializers(inferShapes(model));
    assert.deepEqual(operators(plain).has("SplitToSequence"), false);
    assert.deepEqual(operators(plain).has("SequenceAt"), false);
    assert.deepEqual(await runNative(plain, { x }), await runNative(model, { x }));
  }
});

Deno.test("lists that are read elsewhere, at unknown places or outside of their length stay", () => {
  assert.equal(operators(sequencesToSplits(listOf(int64([2], []), [0]))).has("SequenceAt"), true); // no constant yet
  assert.equal(operators(constantsToInitializers(listOf(int64([3, 2]), [0, 2]))).has("SequenceAt"), true);
  const g = new GraphBuilder("length");
  const [list] = g.node("SplitToSequence", [g.input("x", "float32", [2, 5]), g.constant(int64([3, 2]))], {
    axis: 1,
  });
  g.output(g.node("SequenceAt", [list!, g.constant(int64([0], []))])[0]!, "y");
  g.output(g.node("SequenceLength", [list!])[0]!, "length");
  assert.equal(operators(constantsToInitializers(g.model())).has("SplitToSequence"), true);
});
