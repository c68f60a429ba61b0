import assert from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { coverageOf } from "../../lib/metagraph/coverage.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { parameterNames } from "../../lib/onnx/parameters.ts";
import { dataFile } from "../data.ts";
import { runNative } from "../onnx/run_native.ts";
import { realModel } from "../onnx/real_models.ts";
import { assertRoundTrip } from "./round_trip.ts";
import { yunet } from "./yunet.ts";

/** A model with the tensors of a checkpoint that fit by name and shape, and the names of those that do not. */
function withFitting(model: Model, tensors: Record<string, Tensor>): { model: Model; left: string[] } {
  const initializers = new Map(model.graph.initializers);
  const left: string[] = [];
  for (const [name, tensor] of Object.entries(tensors)) {
    if (initializers.get(name)?.dims.join() === tensor.dims.join()) initializers.set(name, tensor);
    else left.push(name);
  }
  return { model: model.withGraph({ ...model.graph, initializers }), left };
}

const path = (name: string) => dataFile(`pytorch/${name}.pth`);

Deno.test(
  "round trip: RFB-320 with its checkpoint",
  { ignore: !path("ultraface-version-RFB-320") },
  async () => {
    const tensors = await loadCheckpoint(path("ultraface-version-RFB-320")!);
    const { model, left } = withFitting(realModel("ultraface-version-RFB-320"), tensors);
    assert.deepEqual(left, []);
    assertRoundTrip(model, "RFB-320");
  },
);

// It tells three kinds of faces apart where the graph at hand tells two: its classification heads are wider.
Deno.test("round trip: RFB-320 for masked faces", { ignore: !path("RFB-320-masked_face-v2") }, async () => {
  const tensors = await loadCheckpoint(path("RFB-320-masked_face-v2")!);
  const { model, left } = withFitting(realModel("ultraface-version-RFB-320"), tensors);
  assert.equal(left.length, 8);
  assert.ok(left.every((name) => name.startsWith("classification_headers.")));
  assertRoundTrip(model, "RFB-320 for masked faces");
});

Deno.test("round trip: YuNet, every tensor of its checkpoint", { ignore: !path("yunet_n") }, async () => {
  const tensors = await loadCheckpoint(path("yunet_n")!);
  const model = yunet(tensors);
  const learned = Object.keys(tensors).filter((name) => !name.endsWith("num_batches_tracked"));
  const carried = coverageOf(assertRoundTrip(model, "YuNet")).filter(({ state }) => state === "carried");
  assert.deepEqual(carried.map(({ tensor }) => tensor).sort(), learned.sort());
  const image = new Tensor("float32", new Float32Array(3 * 320 * 320).fill(100), [1, 3, 320, 320]);
  assert.deepEqual((await runNative(model, { input: image })).kps_0!.dims, [1, 1600, 10]);
});

for (const [depth, file] of [[20, "resnet20-12fca82f.th"], [56, "resnet56-4bfd9763.th"]] as const) {
  const place = dataFile(`resnet/${file}`);
  Deno.test(`round trip: ResNet-${depth} with its checkpoint`, { ignore: !place }, async () => {
    const model = loadWeights(resnetCifar({ depth }), await loadCheckpoint(place!));
    const graph = assertRoundTrip(model, file);
    const learned = [...parameterNames(model)];
    assert.ok(learned.every((name) => graph.manifest.get(name)!.state === "carried"));
  });
}
