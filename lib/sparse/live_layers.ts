import { claim } from "../../kernels/webgpu/core/tensors.ts";
import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import type { Weight } from "../nn/weights.ts";
import type { Session, Tensors } from "../runtime/runtime.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { elements, floats } from "../tensor/arrays.ts";
import type { SparseLayer } from "./method.ts";

const DECAY = "decay/";
const MARKS = "marks/";

/** The layers that a method prunes in a run, with the coefficients and marks that it sets. */
export interface LiveLayers {
  /** The layers with these tensors as weights, by name. */
  of(tensors: Tensors): SparseLayer[];
  /** The layers as they are in a session: brought to the CPU, or, with a GPU, where they lie. */
  inSession(session: Session, gpu: Gpu | undefined): Promise<SparseLayer[]>;
  /** A layer's coefficients, of its shape. */
  decayOf(name: string): Tensor;
  /** Sets all coefficients to 0. */
  stopDecay(): void;
  /** Coefficients and marks, for a checkpoint. */
  saved(): Tensors;
  /** Sets coefficients and marks to what was saved; what was not stays as it is. */
  restore(saved: Tensors): void;
}

/** Layers around these weights; those without decay have neither coefficients nor marks. */
export function liveLayers(weights: readonly Weight[], usesDecay: boolean): LiveLayers {
  const kept = new Map(weights.map(({ name, tensor: { dims } }) => {
    const size = usesDecay ? sizeOf(dims) : 0;
    return [name, { dims, decay: new Float32Array(size), marks: new Uint8Array(size) }];
  }));
  const of = (tensors: Tensors): SparseLayer[] =>
    Array.from(kept, ([name, own]) => {
      const tensor = tensors[name]!;
      const weights = tensor.location === "cpu" ? floats(tensor) : new Float32Array();
      return { name, tensor, weights, ...own };
    });
  const decayOf = (name: string) => new Tensor("float32", kept.get(name)!.decay, kept.get(name)!.dims);
  return {
    of,
    async inSession(session, gpu) {
      const live = session.carried();
      for (const name of kept.keys()) {
        const tensor = live[name]!;
        if (tensor.location === "cpu") continue;
        // What comes to the CPU, the next run takes from there.
        if (gpu) claim(gpu, tensor);
        else await tensor.getData(true);
      }
      return of(live);
    },
    decayOf,
    stopDecay() {
      for (const { decay } of kept.values()) decay.fill(0);
    },
    saved: () =>
      Object.fromEntries(
        Array.from(kept, ([name, { marks }]) => [
          [DECAY + name, decayOf(name)],
          [MARKS + name, new Tensor("uint8", marks, [marks.length])],
        ]).flat(),
      ),
    restore(saved) {
      for (const [name, { decay, marks }] of kept) {
        const [oldDecay, oldMarks] = [saved[DECAY + name], saved[MARKS + name]];
        if (oldDecay) decay.set(floats(oldDecay));
        if (oldMarks) marks.set(elements(oldMarks, "uint8"));
      }
    },
  };
}
