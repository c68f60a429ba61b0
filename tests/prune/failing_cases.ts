import { readFileSync } from "node:fs";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { caseFile, caseFileIfThere } from "../data.ts";

/** A small model that once was pruned wrongly, with inputs for it; `undefined` where the folder is not there. */
export function failingCase(name: string): { model: Model; feeds: Record<string, Tensor> } | undefined {
  const path = caseFile(`models/${name}.onnx`);
  if (path === undefined) return undefined;
  const model = decodeModel(new Uint8Array(readFileSync(path)), { file: path });
  const stored = caseFileIfThere(`models/${name}.json`);
  if (stored) {
    const { inputs } = JSON.parse(readFileSync(stored, "utf8"));
    return {
      model,
      feeds: Object.fromEntries(
        Object.entries<{ type: "float32"; dims: number[]; data: number[] }>(inputs).map((
          [name, { type, dims, data }],
        ) => [name, new Tensor(type, data, dims)]),
      ),
    };
  }
  const random = seededRandom(3);
  const fed = model.graph.inputs.filter((name) => !model.graph.initializers.has(name));
  return {
    model,
    feeds: Object.fromEntries(fed.map((name) => {
      const dims = model.graph.values.get(name)!.shape!.map((dim) => typeof dim === "number" ? dim : 2);
      const data = Float32Array.from({ length: sizeOf(dims) }, () => random.normal());
      return [name, new Tensor("float32", data, dims)];
    })),
  };
}
