import { withoutUndefined } from "../options.ts";
import { VERSION } from "../version.ts";
import type { LayerReport } from "./compress_layer.ts";

/** What goes with a compressed model's file: what was done to each matrix, and what it cost. */
export interface Manifest {
  /** What wrote it. */
  writer: string;
  /** The model that was compressed. */
  source?: string | undefined;
  /** What was measured of the whole model, before and after. */
  effect?: Effect | undefined;
  /** Bits that a weight takes over all of the file's weights, where the file has types of few bits. */
  bitsPerWeight?: number | undefined;
  /**
   * Each matrix: type in the file, sparsity where weights were set to zero, loss, calibration data, and
   * measured effect, as `divergence` of `measureEffects` and `sensitivity` of an allocation.
   */
  matrices: (Partial<LayerReport> & { weight: string; type?: string })[];
}

/** A measurement of a model before and after. */
export interface Effect {
  /** What was measured, and on what: `perplexity, 128 windows of …`. */
  metric: string;
  /** Result for the model as it was. */
  before: number;
  /** Result for the compressed model. */
  after: number;
}

/** Facts for a manifest beside the layers' reports. */
export interface ManifestFacts {
  /** Where the model was read that was compressed. */
  source?: string | undefined;
  /** What was measured of the whole model, before and after. */
  effect?: Effect | undefined;
  /** Bits that a weight takes in the file. */
  bitsPerWeight?: number | undefined;
  /** Types in the file, by the weights' names; matrices that are named here alone are told, too. */
  types?: Readonly<Record<string, string>> | undefined;
}

/** The manifest of a compressed model. */
export function manifestOf(
  layers: readonly LayerReport[],
  { types = {}, ...facts }: ManifestFacts = {},
): Manifest {
  const known = new Set(layers.map(({ weight }) => weight));
  return {
    writer: `Espalier ${VERSION}`,
    ...facts,
    matrices: [
      ...layers.map((layer) => {
        const type = Object.hasOwn(types, layer.weight) ? types[layer.weight] : undefined;
        return withoutUndefined({ ...layer, type });
      }),
      ...Object.keys(types).filter((name) => !known.has(name)).map((weight) => ({
        weight,
        type: types[weight]!,
      })),
    ],
  };
}

/** The path of the manifest of a model's file. */
export function manifestPath(path: string): string {
  return `${path}.manifest.json`;
}
