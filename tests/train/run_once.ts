import type { Model } from "../../lib/onnx/model.ts";
import type { Runtime, Tensors } from "../../lib/runtime/runtime.ts";

/** Runs a model once. */
export async function run(runtime: Runtime, model: Model, feeds: Tensors): Promise<Tensors> {
  const session = await runtime.session(model);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
