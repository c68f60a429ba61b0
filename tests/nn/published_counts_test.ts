import assert from "node:assert/strict";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { resnetImagenet } from "../../lib/nn/resnet_imagenet.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import { vit } from "../../lib/nn/vit.ts";
import { countMacs, macsByNode } from "../../lib/onnx/count_macs.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { producers } from "../../lib/onnx/topology.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { runNative } from "../onnx/run_native.ts";
import { tagged } from "../tags.ts";

const weights = "zeros";

/** What torchvision's documentation says of its models: parameters, and billions of multiply-accumulates. */
const TORCHVISION: Record<string, [build: () => Model, parameters: number, gigaMacs: number]> = {
  "ResNet-18": [() => resnetImagenet({ depth: 18, weights }), 11_689_512, 1.814],
  "ResNet-34": [() => resnetImagenet({ depth: 34, weights }), 21_797_672, 3.664],
  "ResNet-50": [() => resnetImagenet({ depth: 50, weights }), 25_557_032, 4.089],
  "ResNet-101": [() => resnetImagenet({ depth: 101, weights }), 44_549_160, 7.801],
  "ViT-B/16": [() => vit({ weights }), 86_567_656, 17.564],
};

for (const [name, [build, parameters, gigaMacs]] of Object.entries(TORCHVISION)) {
  Deno.test(`${name} has torchvision's parameters and multiply-accumulates`, () => {
    const cost = countMacs(build());
    assert.deepEqual([cost.parameters, Number((cost.macs / 1e9).toFixed(3))], [parameters, gigaMacs]);
  });
}

/**
 * Operations as the counter of Torch-Pruning has them: multiply-accumulates and biases, two per element of a norm, one
 * per element of an activation, and the inputs of poolings.
 */
function operations(model: Model, counted: (producer: string | undefined) => boolean): number {
  const image = model.graph.values.get("input")!.shape!.slice(1);
  const { graph } = inferShapes(model, { inputShapes: { input: [1, ...image] } });
  const maker = producers(graph);
  const size = (name: string | undefined) =>
    graph.values.get(name ?? "")!.shape!.reduce<number>((product, dim) => product * Number(dim), 1);
  let total = [...macsByNode(model).values()].reduce((sum, count) => sum + count, 0);
  for (const { op, inputs: [x, , bias], outputs: [y] } of graph.nodes) {
    if ((op === "Conv" || op === "Gemm") && bias) total += size(y);
    if (op === "BatchNormalization") total += 2 * size(x);
    if (op === "Relu" && counted(maker.get(x!)?.op)) total += size(y);
    if (op === "MaxPool" || op === "GlobalAveragePool") total += size(x);
  }
  return total;
}

Deno.test("operations by the published counter, in millions", () => {
  const all = () => true;
  // The CIFAR ResNets have activations that are modules, which the counter sees, and functions, which it does not.
  const modules = (producer: string | undefined) => producer === "Add";
  const stem = 16 * 32 * 32;
  const millions = (count: number) => Number((count / 1e6).toFixed(3));
  const cifar = (depth: 56 | 110) => resnetCifar({ depth, shortcut: "B" });
  assert.equal(millions(operations(cifar(56), modules) + stem), 127.116);
  assert.equal(millions(operations(cifar(110), modules) + stem), 255.808);
  assert.equal(
    Math.round(operations(resnetImagenet({ depth: 26, classes: 10, weights }), all) / 1e5),
    23_617,
  );
  assert.equal(Math.round(operations(resnetImagenet({ weights }), all) / 1e5), 41_219);
  // ResNet-18's blocks call functions, only its stem has a module.
  const none = () => false;
  const stem18 = 64 * 112 * 112;
  const resnet18 = resnetImagenet({ depth: 18, classes: 10, weights });
  assert.equal(Math.round((operations(resnet18, none) + stem18) / 1e5), 18_202);
  // VGG-19 pools by functions, and behind its last convolution is one, too.
  const vgg19 = vggBn({ depth: 19, classes: 100, ending: "averaged" });
  const pooled = 1024 * 64 + 256 * 128 + 64 * 256 + 16 * 512;
  assert.equal(millions(operations(vgg19, all) - 512 * 4 * 4 - pooled), 512.731);
});

Deno.test(tagged("parameters of the pruning papers' networks, in millions", "slow"), () => {
  const millions = (model: Model) => Number((countMacs(model).parameters / 1e6).toFixed(3));
  assert.equal(millions(resnetCifar({ depth: 56, shortcut: "B" })), 0.856);
  assert.equal(millions(resnetCifar({ depth: 110, shortcut: "B" })), 1.731);
  assert.equal(millions(vggBn({ depth: 19, classes: 100, ending: "averaged" })), 20.087);
  assert.equal(millions(resnetImagenet({ depth: 18, classes: 10, weights })), 11.182);
  assert.equal(millions(resnetImagenet({ depth: 26, classes: 10, weights })), 13.967);
});

/** Groups and channels to begin with, as DepGraph finds them. */
Deno.test(tagged("coupled channels of the published networks", "slow"), () => {
  const counts = (model: Model) => {
    const { prunable } = channelGroups(model);
    return [prunable.length, prunable.reduce((sum, { channels }) => sum + channels, 0)];
  };
  assert.deepEqual(counts(resnetCifar({ depth: 56, shortcut: "B" })), [30, 1_120]);
  assert.deepEqual(counts(vggBn({ depth: 19, classes: 100, ending: "averaged" })), [16, 5_504]);
  assert.deepEqual(counts(resnetImagenet({ weights })), [37, 11_456]);
  // DepGraph has 12 groups of 3,072 and the residual stream: 13 groups, 37,632 channels. Here the stream is the same one
  // group, but it is normalized over its channels, so that pruning it is not masking it: it is protected. Instead,
  // heads are groups: 12 of 12.
  const { groups, prunable } = channelGroups(vit({ weights }));
  const stream = groups.find(({ name }) => name === "conv_proj.weight")!;
  const hidden = prunable.filter(({ channels }) => channels === 3_072);
  const published = [stream, ...hidden];
  assert.deepEqual([published.length, published.reduce((sum, { channels }) => sum + channels, 0)], [
    13,
    37_632,
  ]);
  const written = new Set(stream.slots.map(({ tensor }) => tensor));
  for (
    const name of ["class_token", "encoder.pos_embedding", "encoder.layers.encoder_layer_11.mlp.3.weight"]
  ) {
    assert.ok(written.has(name), name);
  }
  assert.match(stream.protectedBy.join(), /averages over/);
  assert.deepEqual(counts(vit({ weights })), [24, 12 * 3_072 + 12 * 12]);
});

Deno.test("the networks for larger images run, and follow their seed", async () => {
  const small = resnetImagenet({ depth: 26, width: 4, classes: 5, seed: 1 });
  const outputs = await runNative(small, {
    input: float32(new Float32Array(3 * 224 * 224).fill(0.5), [1, 3, 224, 224]),
  });
  assert.deepEqual(outputs.logits!.dims, [1, 5]);
  const tiny = { image: 8, patch: 4, layers: 2, heads: 2, hidden: 8, classes: 3 };
  const input = float32(Array.from({ length: 2 * 192 }, (_, i) => Math.sin(i)), [2, 3, 8, 8]);
  assert.deepEqual((await runNative(vit(tiny), { input })).logits!.dims, [2, 3]);
  const first = (seed: number) =>
    numbersOf(vit({ ...tiny, seed }).graph.initializers.get("conv_proj.weight") as never);
  assert.deepEqual(first(1), first(1));
  assert.notDeepEqual(first(1), first(2));
});

Deno.test("networks that cannot be built say what would do", () => {
  assert.throws(() => resnetImagenet({ depth: 20 as 18 }), {
    name: "RangeError",
    message: "Cannot build a ResNet of depth 20: expected 18, 26, 34, 50, 101",
  });
  assert.throws(() => vit({ image: 30 }), {
    name: "RangeError",
    message: /30 pixels must divide into patches of 16/,
  });
});
