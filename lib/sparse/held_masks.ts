import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import { claim, toGpu } from "../../kernels/webgpu/core/tensors.ts";
import { applyMask } from "../../kernels/webgpu/select/apply_mask.ts";
import type { Session } from "../runtime/runtime.ts";
import { Tensor } from "../tensor/tensor.ts";
import { elements } from "../tensor/arrays.ts";
import type { TrainingStep } from "../train/training_step.ts";
import { wordsOf } from "./mask_bits.ts";
import type { Masks } from "../train/weight_mask.ts";

const MASK = "mask/";

/** Masks that are applied again after each step of training. */
export interface HeldMasks {
  /** Which weights stay. */
  readonly masks: Masks;
  /** Sets what they say to zero, in a session's weights and in their averages, where those lie. */
  hold(session: Session, gpu: Gpu | undefined): Promise<void>;
  /** The masks, for a checkpoint. */
  saved(): Record<string, Tensor>;
  /** Frees their copies on a GPU. */
  release(): void;
}

/** Masks that hold in sessions of this training step; what does not train there holds by itself. */
export function heldMasks(masks: Masks, { weights }: Pick<TrainingStep, "weights">): HeldMasks {
  /** Bits of masks as kernels want them, where the weights lie. */
  const words: [name: string, words: { cpu: Tensor; gpu?: Tensor }][] = Object.entries(masks).map((
    [name, mask],
  ) => [name, { cpu: wordsOf(mask) }]);
  return {
    masks,
    async hold(session, gpu) {
      const live = session.carried();
      const averages = weights(live);
      const training = words.filter(([name]) => Object.hasOwn(live, name));
      const held = training.flatMap(([name, words]) =>
        [...new Set([live[name]!, averages[name]!])].map((tensor) => ({ tensor, words }))
      );
      const [onCpu, onGpu] = ["cpu", "gpu-buffer"].map((at) =>
        held.filter(({ tensor }) => tensor.location === at)
      );
      await applyMask(onCpu!.map(({ tensor }) => tensor), onCpu!.map(({ words }) => words.cpu));
      await applyMask(
        onGpu!.map(({ tensor }) => claim(gpu!, tensor)),
        onGpu!.map(({ words }) => words.gpu ??= toGpu(gpu!, words.cpu)),
      );
    },
    saved: () =>
      Object.fromEntries(
        Object.entries(masks).map(([name, { bits }]) => [
          MASK + name,
          new Tensor("uint8", bits, [bits.length]),
        ]),
      ),
    release() {
      for (const [, copies] of words) {
        copies.gpu?.dispose();
        delete copies.gpu;
      }
    },
  };
}

/** The masks that a checkpoint holds, of some of these weights; none where it holds none. */
export function savedMasks(
  saved: Readonly<Record<string, Tensor>>,
  weights: readonly { name: string; tensor: { dims: readonly number[] } }[],
): Masks | undefined {
  const masks = weights.flatMap(({ name, tensor: { dims } }) => {
    const bits = saved[MASK + name];
    return bits ? [[name, { dims, bits: elements(bits, "uint8") }] as const] : [];
  });
  return masks.length > 0 ? Object.fromEntries(masks) : undefined;
}
