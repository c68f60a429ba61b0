import { deepStrictEqual } from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import { float32, sizeOf } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { blockConvolutions } from "../../lib/runtime/native_convolutions.ts";
import { openNative } from "../../lib/runtime/native.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { assertClose, type Tolerance } from "../close.ts";

/** Sums of thousands of float32 products in another order, relative to numbers of some tens. */
const LONG_SUMS: Tolerance = { absolute: 2e-3, relative: 1e-4 };

interface Case {
  x: number[];
  w: number[];
  attributes?: Record<string, number[]>;
  /** Whether the operators of blocked channels should appear. */
  blocked: boolean;
}

const CASES: Record<string, Case> = {
  "3×3": { x: [16, 32, 9, 7], w: [48, 32, 3, 3], attributes: { pads: [1, 1, 1, 1] }, blocked: true },
  "few channels": { x: [32, 3, 8, 8], w: [16, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] }, blocked: true },
  "stride 2 leaves elements over": {
    x: [16, 16, 8, 9],
    w: [32, 16, 3, 3],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
    blocked: true,
  },
  "asymmetric, dilated": {
    x: [16, 16, 9, 10],
    w: [16, 16, 2, 3],
    attributes: { pads: [0, 1, 2, 0], dilations: [2, 1] },
    blocked: true,
  },
  "channels that do not fill their blocks": { x: [16, 27, 7, 7], w: [13, 27, 3, 3], blocked: true },
  "three outputs": { x: [16, 32, 7, 7], w: [3, 32, 3, 3], attributes: { pads: [1, 1, 1, 1] }, blocked: true },
  "examples that fill half a block": {
    x: [8, 16, 9, 7],
    w: [48, 16, 3, 3],
    attributes: { pads: [1, 1, 0, 1] },
    blocked: true,
  },
  "pieces of examples with a stride": {
    x: [4, 16, 16, 9],
    w: [16, 16, 3, 3],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
    blocked: true,
  },
  "blocks that would be mostly zeros": { x: [5, 6, 7, 7], w: [7, 6, 3, 3], blocked: false },
};

async function gradientsOf({ x, w, attributes = {} }: Case, runtime: Runtime, bytes: boolean) {
  const g = new GraphBuilder("case");
  const y = g.node("Conv", [g.input("x", "float32", x), g.input("w", "float32", w)], attributes)[0]!;
  const loss = g.reduceSum(g.mul(y, g.sin(y)), undefined, { keepdims: false });
  const { model, gradients: found } = gradients(g.model(), loss, ["x", "w"]);
  const random = seededRandom(3);
  const tensor = (dims: number[]) =>
    float32(Float32Array.from({ length: sizeOf(dims) }, () => random.normal() / 4), dims);
  const session = await runtime.session(bytes ? model.toOnnx() : model);
  const outputs = await session.run({ x: tensor(x), w: tensor(w) });
  return { model, dx: outputs[found.x!]!, dw: outputs[found.w!]! };
}

for (const [name, example] of Object.entries(CASES)) {
  Deno.test(`the native engine's rewritten convolutions compute the same: ${name}`, async () => {
    const runtime = await openNative();
    // Bytes are run as they are.
    const [plain, rewritten] = [
      await gradientsOf(example, runtime, true),
      await gradientsOf(example, runtime, false),
    ];
    await runtime.close();
    for (const key of ["dx", "dw"] as const) {
      deepStrictEqual(rewritten[key].dims, plain[key].dims);
      assertClose(rewritten[key].data as Float32Array, plain[key].data as Float32Array, LONG_SUMS, key);
    }
    const { nodes } = blockConvolutions(plain.model, 16).graph;
    deepStrictEqual(nodes.some(({ domain }) => domain === "com.microsoft.nchwc"), example.blocked);
  });
}
