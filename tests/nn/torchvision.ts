/** Networks of torchvision: their weights by name, and their answers. */
import assert from "node:assert/strict";
import { loadWeights, type LoadWeightsOptions } from "../../lib/nn/load_weights.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

/** Numbers that look random, a function of those in [−1, 1] of make_torchvision_fixture.py. */
function numbers(name: string, dims: number[], of = (x: number) => x): Tensor {
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const data = new Float32Array(sizeOf(dims));
  for (let i = 0; i < data.length; i++) data[i] = of(((i * 7919 + seed * 1031) % 2001 - 1000) / 1000);
  return new Tensor("float32", data, dims);
}

function value(name: string, dims: number[]): Tensor {
  if (name.endsWith("running_var")) return numbers(name, dims, (x) => 1 + 0.5 * x);
  if (name.endsWith("weight") && dims.length === 1) return numbers(name, dims, (x) => 1 + 0.1 * x);
  if (dims.length === 1 || name === "class_token" || name === "encoder.pos_embedding") {
    return numbers(name, dims, (x) => 0.1 * x);
  }
  const scale = Math.sqrt(3 / sizeOf(dims.slice(1)));
  return numbers(name, dims, (x) => x * scale);
}

const fixture: Record<string, { parameters: Record<string, number[]>; logits: number[] }> = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/torchvision.json", import.meta.url)),
);

/**
 * Fails unless a network takes the fixture's weights and gives torchvision's logits for the fixture's image.
 *
 * @param options.inFile the name in a checkpoint of each of torchvision's weights. Default: its own.
 */
export async function assertTorchvision(
  name: string,
  network: Model,
  image: number,
  { inFile = (key) => key, ...options }: LoadWeightsOptions & { inFile?: (key: string) => string } = {},
): Promise<void> {
  const { parameters, logits } = fixture[name]!;
  const tensors = Object.fromEntries(
    Object.entries(parameters).map(([key, dims]) => [inFile(key), value(key, dims)]),
  );
  const model = loadWeights(network, tensors, options);
  const input = numbers("input", [1, 3, image, image]);
  const outputs = await runNative(model, { input });
  assert.deepEqual(outputs.logits!.dims, [1, logits.length]);
  assertClose(outputs.logits!.data as Float32Array, logits, REORDERED_FLOAT32);
}
