import assert from "node:assert/strict";
import { asTyped } from "../../lib/cli/as_typed.ts";
import { raised } from "../../lib/limits.ts";
import { metaPrune } from "../../lib/metanet/meta_prune.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** The sentence that something is refused with. */
async function sentenceOf(refused: () => unknown): Promise<string> {
  try {
    await refused();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("Nothing was refused");
}

/** A hidden layer of eight channels that stands beside six features of the input. */
function besideSix() {
  const g = new GraphBuilder();
  const weight = (name: string, ...dims: [number, number]) =>
    g.parameter(name, float32(new Float32Array(dims[0] * dims[1]).fill(1), dims));
  const x = g.input("x", "float32", ["N", 6]);
  const hidden = g.relu(g.matMul(x, weight("first", 6, 8)));
  g.output(g.matMul(g.concat([hidden, x], 1), weight("last", 14, 2)), "y");
  return g.model();
}

Deno.test("what the library says of its options names what is typed in their place", async () => {
  const g = new GraphBuilder();
  const weight = g.parameter("weight", float32(new Float32Array(16), [4, 4]));
  g.output(g.matMul(g.input("x", "float32", ["N", "length", 4]), weight), "y");
  const model = mlp({ sizes: [4, 8, 3] });
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
      () => metaPrune(model, metanetworkFor(model, { hidden: 2, layers: 1 }), { macs: 0.01 }),
      /, or look at what channelGroups protects$/,
      /, or look at what `espalier inspect` says that stays$/,
    ],
    [
      () => planPruning(besideSix(), { target: { macs: 0.5 }, roundTo: 4 }),
      /\broundTo 4\b/,
      /\bmultiple of --round-to 4\b/,
    ],
  ];
  for (const [refused, said, typed] of spoken) {
    const sentence = await sentenceOf(refused);
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
