import assert from "node:assert/strict";
import { asTyped } from "../../lib/cli/as_typed.ts";
import { raised } from "../../lib/limits.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** The sentence that something is refused with. */
function sentenceOf(refused: () => unknown): string {
  try {
    refused();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("Nothing was refused");
}

Deno.test("what the library says of its options names what is typed in their place", () => {
  const g = new GraphBuilder();
  const weight = g.parameter("weight", float32(new Float32Array(16), [4, 4]));
  g.output(g.matMul(g.input("x", "float32", ["N", "length", 4]), weight), "y");
  const spoken: readonly [() => unknown, RegExp, RegExp][] = [
    [
      () => countMacs(g.model()),
      / in inputShapes\b/,
      / by --shape, as in --shape input=1,3,224,224\b/,
    ],
    [
      () => loadWeights(resnetCifar({ depth: 20 }), { "another.weight": float32([1]) }),
      /; use the option rename to/,
      /; the library translates names \(loadWeights\)$/,
    ],
    [
      () => planPruning(mlp({ sizes: [4, 8, 3] }), { target: { macs: 0.5 }, criterion: "taylor" }),
      /: give planPruning examples to/,
      /: name data to take gradients over by --data$/,
    ],
  ];
  for (const [refused, said, typed] of spoken) {
    const sentence = sentenceOf(refused);
    assert.match(sentence, said);
    assert.match(asTyped(sentence), typed);
    assert.doesNotMatch(asTyped(sentence), said);
  }
  assert.equal(
    asTyped(`more than 2 nodes, ${raised("nodes")}, at byte 3`),
    "more than 2 nodes, if it is meant, say --limit nodes=… with a larger number, at byte 3",
  );
  assert.equal(asTyped("Cannot read x.onnx: it is empty"), "Cannot read x.onnx: it is empty");
});
