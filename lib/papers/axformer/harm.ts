import { Error } from "../../errors.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import { float32, sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import type { ElementId } from "../../transformer/mod.ts";

/** The scales of harm that are tried, from the smallest. */
const SCALES = [0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/** Where and how harm is planted in an encoder of `bert`. */
export interface Planting {
  /** The elements. */
  plants: readonly ElementId[];
  /** Sizes of the encoder, and the groups that its neurons are divided into. */
  sizes: { hidden: number; heads: number; neurons: number; groups: number };
  /** Seed of the random weights. */
  seed: number;
  /** Loss of the encoder without these elements. */
  clean: number;
  /** Loss of an encoder. */
  lossOf: (model: Model) => Promise<number>;
}

/**
 * Fills elements with random weights, at the smallest scale that at least doubles the loss, or the largest of
 * all.
 */
export async function plantHarm(
  model: Model,
  planting: Planting,
): Promise<{ model: Model; harmed: number; scale: number }> {
  const { plants, clean, lossOf } = planting;
  for (const scale of SCALES) {
    const candidate = plants.reduce((model, element) => fill(model, element, scale, planting), model);
    const harmed = await lossOf(candidate);
    if (harmed >= 2 * clean || scale === SCALES.at(-1)) return { model: candidate, harmed, scale };
  }
  throw new Error("Cannot plant harm: there is no scale to try");
}

/** The model with random weights in one element. */
function fill(model: Model, element: ElementId, scale: number, { sizes, seed }: Planting): Model {
  const [kind, layer, , part] = element.split(".");
  const { hidden, heads, neurons, groups } = sizes;
  const initializers = new Map(model.graph.initializers);
  const own = `bert.encoder.layer.${layer}`;
  /** Normal numbers in some rows, or columns, of a stored matrix. */
  const draw = (name: string, axis: 0 | 1, [from, to]: readonly [number, number], deviation: number) => {
    const tensor = initializers.get(name) as Tensor;
    const { dims } = tensor;
    const random = seededRandom(seed, "harm", element, name);
    const filled = floats(tensor).slice();
    const columns = dims[1]!;
    for (let i = 0; i < sizeOf(dims); i++) {
      const place = axis === 0 ? Math.floor(i / columns) : i % columns;
      if (place >= from && place < to) filled[i] = random.normal(0, deviation);
    }
    initializers.set(name, float32(filled, dims));
  };
  const wide = 2 / Math.sqrt(hidden);
  if (kind === "attention") {
    const size = hidden / heads;
    const rows = [Number(part) * size, (Number(part) + 1) * size] as const;
    for (const which of ["query", "key", "value"]) {
      draw(`${own}.attention.self.${which}.weight`, 0, rows, 1 / Math.sqrt(hidden));
    }
    draw(`${own}.attention.output.dense.weight`, 1, rows, scale * wide);
  } else {
    const size = neurons / groups;
    const rows = part === undefined
      ? [0, neurons] as const
      : [Number(part) * size, (Number(part) + 1) * size] as const;
    draw(`${own}.intermediate.dense.weight`, 0, rows, part === undefined ? 1 / Math.sqrt(hidden) : wide);
    draw(`${own}.output.dense.weight`, 1, rows, scale * (part === undefined ? 1 / Math.sqrt(neurons) : wide));
  }
  return model.withGraph({ ...model.graph, initializers });
}
