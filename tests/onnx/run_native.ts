import { importOrtNode } from "../../lib/deps.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import type { Model } from "../../lib/onnx/model.ts";

/** Runs a model in ONNX Runtime on the CPU as it is written, without its graph optimisations. */
export async function runNative(
  model: Model,
  feeds: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  const { InferenceSession } = await importOrtNode();
  const session = await InferenceSession.create(model.toOnnx(), {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  try {
    const outputs = await session.run(feeds as never);
    return outputs as unknown as Record<string, Tensor>;
  } finally {
    await session.release();
  }
}
