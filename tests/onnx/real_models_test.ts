import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Shape } from "../../lib/onnx/dim.ts";

import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { assertInferred, exposed, feedsOf, type Sizes } from "./every_value.ts";
import { runNative } from "./run_native.ts";

/** A real model, and what is known of it from elsewhere. */
interface Case {
  /** Sizes of its unknowns, in turn. */
  sizes: Sizes[];
  /** Tensors its nodes give, all of whose shapes are known. */
  values: number;
  inputShapes?: Record<string, Shape>;
  /** Absent where only the shapes of a real run tell. */
  macs?: number;
  parameters: number;
}

const batches: Sizes[] = [{ N: 1 }, { N: 2 }, { N: 3 }];

/**
 * Published: ResNet-50 4.09 G and 25,557,032; SqueezeNet 1.1 0.35 G and 1,235,496; the CIFAR ResNet-20 of
 * `count_macs_test.ts`. The other counts of parameters are those of all stored numbers, from the models'
 * provenance, less what is not learned; those of multiply-accumulates are written out by layer.
 */
const CASES: Record<string, Case> = {
  "light_resnet50": { sizes: [{}], values: 415, macs: 4_089_184_256, parameters: 25_557_032 },
  "light_squeezenet": { sizes: [{}], values: 106, macs: 349_151_936, parameters: 1_235_496 },
  "mnist": { sizes: [{}], values: 12, macs: 8 * 25 * 784 + 16 * 200 * 196 + 2560, parameters: 5998 - 4 },
  "resnet20-cifar10-optionA": { sizes: batches, values: 73, macs: 40_551_040, parameters: 269_722 },
  "ultraface-version-RFB-320": { sizes: [{}], values: 242, parameters: 281_135 - 4808 - 35 },
  "squeezenet_tensor_input": {
    sizes: [{ None: 1 }, { None: 2 }],
    values: 73,
    parameters: 727_638 - 6,
  },
  "bert_mrpc_tf2.1_opset10": {
    sizes: batches,
    values: 1601,
    // Hidden size 8, length 7, inner size 32; then pooler and classifier.
    macs: 12 * (7 * 4 * 8 * 8 + 2 * 7 * 7 * 8 + 7 * 2 * 8 * 32) + 8 * 8 + 8 * 2,
    parameters: 10_889 - 87,
  },
  "bert_toy_optimized": {
    sizes: [{ batch: 1, max_seq_len_in_batch: 5 }, { batch: 3, max_seq_len_in_batch: 16 }],
    values: 384,
    inputShapes: { input_ids: [1, 16] },
    // Per layer: four projections, the two products of attention, two layers of the MLP; then the two heads.
    macs: 5 * (16 * 4 * 32 * 32 + 2 * 16 * 16 * 32 + 16 * 2 * 32 * 37) + 16 * (32 * 32 + 32 * 99) + 32 * 32 +
      64,
    parameters: 56_414,
  },
};

for (const [name, { sizes, values, inputShapes, macs, parameters }] of Object.entries(CASES)) {
  const path = dataFile(`onnx/${name}.onnx`);
  const read = () => decodeModel(Deno.readFileSync(path!));

  Deno.test(
    `inferShapes: every value of ${name} is as ONNX Runtime gives it`,
    { ignore: !path },
    async () => {
      const model = read();
      for (const at of sizes) {
        assert.deepEqual(await assertInferred(model, at), { complete: values, partial: [] });
      }
    },
  );

  Deno.test(`countMacs: ${name}`, { ignore: !path }, async () => {
    const model = read();
    const cost = countMacs(model, inputShapes ? { inputShapes } : {});
    assert.deepEqual([cost.macs, cost.parameters], [macs ?? await macsOfRun(model, sizes[0]!), parameters]);
  });
}

/** Counts by the sizes that ONNX Runtime gives: every output element takes its share of the weight. */
async function macsOfRun(model: Model, sizes: Sizes): Promise<number> {
  const outputs = await runNative(exposed(model), feedsOf(model, sizes));
  let macs = 0;
  for (const node of model.graph.nodes) {
    const weight = model.graph.initializers.get(node.inputs[1] ?? "");
    if (node.op !== "Conv" && node.op !== "Gemm") continue;
    const output = outputs[node.outputs[0]!]!;
    macs += output.size * sizeOf(weight!.dims) / output.dims[1]!;
  }
  return macs;
}
