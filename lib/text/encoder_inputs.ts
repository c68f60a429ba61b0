import { TypeError } from "../errors.ts";
import { withoutUndefined } from "../options.ts";
import type { Dim } from "../onnx/dim.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { learnedConstants } from "../onnx/learned.ts";
import type { Model } from "../onnx/model.ts";
import { factsOf, operatorOf } from "../onnx/operators/table.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { producers } from "../onnx/topology.ts";
import { firstPositions } from "./first_positions.ts";

/** Inputs of an encoder of text, and their sizes: result of {@linkcode encoderInputs}. */
export interface EncoderInputs {
  /** The input for tokens, by their numbers. */
  ids: string;
  /** The input that is 1 for tokens and 0 for padding, where there is one. */
  mask?: string;
  /** The input for segments, where there is one. */
  types?: string;
  /** Rows of its table of tokens, where it was found in the graph. */
  vocabulary?: number;
  /**
   * The longest sequence: rows of its table of positions, where it was found in the graph, without those in
   * front of the first token's, as in RoBERTa; or what its input says, where that is less.
   */
  positions?: number;
  /** How many texts it takes at a time, where its input says that it takes so many. */
  texts?: number;
  /** How many tokens each text is filled up to, where its input says that it takes so many. */
  length?: number;
}

/** How inputs are known by their names. */
const NAMES = { types: /type|segment/i, mask: /mask/i, ids: /id|token|input/i } as const;

/**
 * Finds in the graph of any encoder what it is fed, and the sizes of its tables: one built here, or exported
 * by another program.
 *
 * @throws {TypeError} where an input is none of tokens, mask and segments, or there are no tokens
 */
export function encoderInputs(model: Model): EncoderInputs {
  const inferred = inferShapes(constantsToInitializers(model));
  const { graph } = inferred;
  const found: Partial<Record<keyof typeof NAMES, string>> = {};
  const names = graph.inputs.filter((name) => !graph.initializers.has(name));
  for (const name of names) {
    const kind = (Object.keys(NAMES) as (keyof typeof NAMES)[]).find((kind) => NAMES[kind].test(name));
    if (kind === undefined || found[kind] !== undefined) throw strange(names);
    found[kind] = name;
  }
  const { ids, ...others } = found;
  if (ids === undefined) throw strange(names);
  const [texts, length] = (graph.values.get(ids)?.shape ?? []).map(fixedSize);
  const { vocabulary, positions = Infinity } = tableSizes(inferred, ids);
  const longest = Math.min(positions, length ?? Infinity);
  return {
    ids,
    ...others,
    ...withoutUndefined({
      vocabulary,
      positions: Number.isFinite(longest) ? longest : undefined,
      texts,
      length,
    }),
  };
}

/** A size that is a number; undefined where any size is taken. */
const fixedSize = (dim: Dim): number | undefined => typeof dim === "number" ? dim : undefined;

function strange(names: readonly string[]): TypeError {
  return new TypeError(
    `Cannot use the model as an encoder of text: expected inputs like input_ids, attention_mask and token_type_ids, ` +
      `found ${names.join(", ")}`,
  );
}

/** Rows of the table that the tokens look up, and of the table that is looked up by counting them. */
function tableSizes(
  model: Model,
  ids: string,
): Pick<EncoderInputs, "vocabulary" | "positions"> {
  const { graph } = model;
  const producer = producers(graph);
  const learned = learnedConstants(model);
  const firstOf = firstPositions(model);
  /** The input that a value hands on, or what computes it. */
  const origin = (value: string): string => {
    const node = producer.get(value);
    return node && factsOf(node).view === "first" ? origin(node.inputs[0]!) : value;
  };
  const sizes: { vocabulary?: number; positions?: number } = {};
  for (const node of graph.nodes) {
    if (operatorOf(node) !== "Gather" || learned.get(node.inputs[0]!)?.role !== "embedding") continue;
    const rows = graph.values.get(node.inputs[0]!)?.shape?.[0];
    if (typeof rows !== "number") continue;
    const from = origin(node.inputs[1]!);
    if (from === ids) sizes.vocabulary = Math.min(rows, sizes.vocabulary ?? Infinity);
    else {
      const first = firstOf(node.inputs[1]!);
      if (first !== undefined) sizes.positions = Math.min(rows - first, sizes.positions ?? Infinity);
    }
  }
  return sizes;
}
