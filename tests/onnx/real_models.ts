import { readFileSync } from "node:fs";
import { decodeNpy } from "../../lib/formats/npy.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile, dataFileIfThere } from "../data.ts";

/** Files of other people's making, small and of many kinds; see their PROVENANCE.md. */
export const REAL_MODELS: readonly string[] = [
  "ultraface-version-RFB-320",
  "squeezenet_tensor_input",
  "bert_toy_optimized",
  "bert_mrpc_tf2.1_opset10",
  "light_resnet50",
  "light_squeezenet",
  "mnist",
  "resnet20-cifar10-optionA",
];

/** The bytes of a real model, or `undefined` where there is no data folder. */
export function realModelBytes(name: string): Uint8Array | undefined {
  const path = dataFile(`onnx/${name}.onnx`);
  return path ? new Uint8Array(readFileSync(path)) : undefined;
}

/** A real model. */
export function realModel(name: string): Model {
  return decodeModel(realModelBytes(name)!, { file: `${name}.onnx` });
}

/** A reference array of a real model, where one is kept. */
export function reference(name: string, port: string): Tensor | undefined {
  const path = dataFileIfThere(`onnx/reference/${name}.${port}.npy`);
  return path === undefined ? undefined : decodeNpy(new Uint8Array(readFileSync(path)), path);
}

/** The image that the reference outputs belong to: computed, not stored. */
function image(dims: number[], scale: (value: number) => number): Tensor {
  const data = Float32Array.from(
    { length: sizeOf(dims) },
    (_, i) => scale(Math.fround((73 * i) % 251 / 251 - 0.5)),
  );
  return new Tensor("float32", data, dims);
}

/** The inputs that the reference outputs belong to. */
export function realFeeds(name: string, { graph }: Model): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const input of graph.inputs) {
    if (graph.initializers.has(input)) continue;
    const dims = graph.values.get(input)!.shape!.map((dim) => typeof dim === "number" ? dim : 1);
    const scale = name === "squeezenet_tensor_input"
      ? (value: number) => Math.fround(Math.fround(value + 0.5) * 255)
      : (value: number) => value;
    feeds[input] = reference(name, `in.${input}`) ?? image(dims, scale);
  }
  return feeds;
}
