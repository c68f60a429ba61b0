import { SyntaxError } from "../errors.ts";
import { count, fields, list, parseShape, text } from "../files/schema.ts";
import type { Model } from "../onnx/model.ts";
import { type BlockId, parseElement } from "./elements.ts";

/** Remainder of a block of the network that elements were removed from. */
export interface KeptBlock {
  /** Name of the block in the original network. */
  id: BlockId;
  /** The heads or neurons that are left, by their original numbers; undefined where the block is gone. */
  kept?: readonly number[];
  /** How many attention weights each query keeps, where attention is hard. */
  k?: number;
}

/** What the file of a network that elements were removed from says of a block. */
export interface Note extends KeptBlock {
  /** Output of the block's projection, where any of its parts is left. */
  at?: string;
}

/** Entry of a model's metadata that holds the notes. */
export const NOTES = "espalier.transformer";

const SHAPE = list(fields({ id: text }, { kept: list(count), k: count, at: text }));

/**
 * What the model's file says of its blocks; undefined where nothing was removed from it.
 *
 * @throws SyntaxError where that is not what such a file says
 */
export function notesOf(model: Model): Note[] | undefined {
  const written = model.info.metadata[NOTES];
  if (written === undefined) return undefined;
  try {
    const notes = parseShape<Note[]>(written, SHAPE, "read it");
    for (const { id } of notes) parseElement(id);
    return notes;
  } catch (error) {
    throw contradiction(model, (error as Error).message);
  }
}

/** The notes of a model are not about what it holds. */
export function contradiction({ graph }: Model, why: string): SyntaxError {
  return new SyntaxError(
    `Cannot read what is left of model "${graph.name}": its metadata "${NOTES}" and its tensors contradict each ` +
      `other (${why}); it was changed since elements were removed: delete that entry to count its parts anew`,
  );
}
