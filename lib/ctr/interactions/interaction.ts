import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import type { Random } from "../../random.ts";
import type { Tensors } from "../../runtime/runtime.ts";

/** The embedding vectors of a batch, one for each field, before they meet. */
export interface FieldVectors {
  /** Coordinates of each field's vector. */
  widths: readonly number[];
  /** One after the other, [N, sum of widths]. */
  flat(): Value;
  /** One under the other, [N, fields, largest width], shorter ones with zeros behind them. */
  stacked(): Value;
}

/** Arguments of {@linkcode Interaction.build} beside the vectors. */
export interface InteractionContext {
  /** Where initial weights are drawn from. */
  random: Random;
  /** The first-order sum [N], where {@linkcode Interaction.linear} asks for it. */
  linear: Value | undefined;
  /** Whether coordinates are gone that other weights still speak of: then what they gave is added. */
  shifted?: boolean;
}

/** How the vectors of a row become one logit: what tells FM from DeepFM and DCN. */
export interface Interaction {
  /** `FM`, `DeepFM`. */
  name: string;
  /** Whether ids have first-order weights of their own beside their vectors. */
  linear: boolean;
  /** Adds the nodes that compute the logits [N]. */
  build(g: GraphBuilder, vectors: FieldVectors, context: InteractionContext): Value;
  /**
   * The weights for vectors of which only some coordinates are left: of all others, as if they were zero.
   *
   * @param columns which of the `from` coordinates of {@linkcode FieldVectors.flat} stay, in order
   */
  cut(weights: Tensors, columns: readonly number[], from: number): Tensors;
}
