import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { trainingStep } from "../../lib/train/training_step.ts";

/** Networks whose training is measured. */
export type Depth = 20 | 56;

/** One training step of a CIFAR ResNet (forward, gradients, plain SGD) on random pictures, as often as wanted. */
export async function stepSession(
  runtime: Runtime,
  { depth, batch, plain = false }: {
    depth: Depth;
    batch: number;
    /** Without the runtime's rewriting. */
    plain?: boolean;
  },
): Promise<() => Promise<number>> {
  const network = inferShapes(resnetCifar({ depth }), { inputShapes: { input: [batch, 3, 32, 32] } });
  const step = trainingStep(network, { optimizer: sgd({ momentum: 0 }) });
  // Bytes are taken as they are; only models are rewritten.
  const session = await runtime.session(plain ? step.model.toOnnx() : step.model, { carry: step.carry });
  await session.setState(step.state);
  const random = seededRandom(1);
  const pixels = Float32Array.from({ length: batch * 3 * 32 * 32 }, () => random.normal());
  const feeds = {
    [step.inputs[0]!]: float32(pixels, [batch, 3, 32, 32]),
    [step.targets.labels!]: int64(Array.from({ length: batch }, (_, i) => i % 10), [batch]),
    ...step.scalarFeeds(0, 0.05),
  };
  return async () => {
    const outputs = await session.run(feeds);
    const [loss] = outputs[step.loss]!.data as Float32Array;
    if (!Number.isFinite(loss)) throw new Error(`Cannot measure a training step: its loss is ${loss}`);
    return loss!;
  };
}
