import { importOrtNode } from "../../lib/deps.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import type { Model } from "../../lib/onnx/model.ts";

const EXACT = { graphOptimizationLevel: "extended", extra: { session: { x64quantprecision: "1" } } } as const;

/** Products whose sums overflow on processors with AVX2 alone, but where an optimisation makes them exact. */
const OF_BYTES = /^(MatMul|Conv)Integer$/;

/**
 * Runs a model in ONNX Runtime on the CPU as it is written, without its graph optimisations; with products of
 * bytes with those that make them exact.
 */
export async function runNative(
  model: Model,
  feeds: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  const { InferenceSession } = await importOrtNode();
  const session = await InferenceSession.create(model.toOnnx(), {
    ...model.graph.nodes.some(({ op }) => OF_BYTES.test(op)) ? EXACT : { graphOptimizationLevel: "disabled" },
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
