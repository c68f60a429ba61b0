import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { readZip } from "../../../lib/formats/archives/zip.ts";
import { encodeModel } from "../../../lib/onnx/codec/encode.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { seal } from "../../../lib/files/checksum.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";
import { fixture } from "../../formats/fixtures.ts";

/** Bytes without a pattern, always the same. */
export const noise = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => (i * i * 31 + i * 7) % 251);

/** A text's bytes. */
export const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The text of bytes, whatever they are. */
export const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A file of ours with its checksum made right. */
export function rightSeal(bytes: Uint8Array): Uint8Array {
  const file = bytes.slice();
  seal(file, file.length);
  return file;
}

/** Contents of an entry of a zip among the fixtures. */
export function entryOf(file: string, path: string): Uint8Array {
  return readZip(fixture(file), file).get(path)!.read();
}

/** A small network with a residual block, as ONNX. */
export function residualOnnx(): Uint8Array {
  const g = new GraphBuilder("small");
  const weight = (name: string, dims: number[]) =>
    g.parameter(
      name,
      new Tensor(
        "float32",
        Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i + 1)),
        dims,
      ),
    );
  const x = g.input("x", "float32", ["N", 3, 8, 8]);
  const first = g.relu(g.conv(x, weight("w1", [4, 3, 3, 3]), weight("b1", [4]), { pads: [1, 1, 1, 1] }));
  const second = g.add(g.conv(first, weight("w2", [4, 4, 1, 1])), first);
  const flat = g.reshape(g.globalAveragePool(second), [0, 4]);
  g.output(g.gemm(flat, weight("w3", [2, 4]), undefined, { transB: 1 }), "y");
  return g.model().toOnnx();
}

/** A small model with most kinds of field: typed tensors, subgraphs, strings, symbolic shapes, metadata. */
export function manyFieldsOnnx(): Uint8Array {
  const inner = new GraphBuilder("then");
  inner.output(inner.constant(float32([1, 2])), "chosen");
  const g = new GraphBuilder("small");
  const x = g.input("x", "float32", ["N", 2]);
  g.input("open", "float32", ["(N+M)*(N+K)", "max(floor((N+1)/2),[a b])"]);
  const w = g.parameter("w", float32([1, 2, 3, 4], [2, 2]));
  const y = g.relu(g.gemm(x, w));
  g.output(g.reshape(y, [-1]), "y");
  g.parameter("words", new Tensor("string", ["a", "héllo"], [2]));
  g.parameter("odd", { type: "bfloat16", dims: [3], bytes: new Uint8Array(6) });
  g.place({
    op: "If",
    inputs: ["condition"],
    outputs: ["z"],
    attributes: {
      then_branch: { type: "graph", value: inner.graph() },
      else_branch: { type: "graph", value: inner.graph() },
      names: { type: "strings", value: ["p", "q"] },
      scales: { type: "floats", value: [1, 2.5] },
    },
  });
  g.parameter("condition", new Tensor("bool", Uint8Array.of(1), []));
  const { graph, info } = g.model();
  return encodeModel(new Model(graph, { ...info, metadata: { author: "nobody" } }));
}
