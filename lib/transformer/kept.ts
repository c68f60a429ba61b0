import { withoutUndefined } from "../options.ts";
import { SyntaxError } from "../errors.ts";
import { count, fields, list, parseShape, text } from "../files/schema.ts";
import { Model } from "../onnx/model.ts";
import type { BlockState } from "./configuration.ts";
import { type BlockId, blockId, parseElement } from "./elements.ts";
import { type Block, transformerOf } from "./transformer.ts";

/** Remainder of a block of the network that elements were removed from. */
export interface KeptBlock {
  /** Name of the block in the original network. */
  id: BlockId;
  /** The heads or neurons that are left, by their original numbers; undefined where the block is gone. */
  kept?: readonly number[];
  /** How many attention weights each query keeps, where attention is hard. */
  k?: number;
}

const KEY = "espalier.transformer";

const KEPT = list(fields({ id: text }, { kept: list(count), k: count }));

/**
 * The rest of the network that elements were removed from, block by block, by its own numbers; undefined for
 * a model that nothing was removed from.
 *
 * @throws SyntaxError where the model says of itself what its tensors contradict: it was changed since
 */
export function keptOf(model: Model): KeptBlock[] | undefined {
  const written = model.info.metadata[KEY];
  if (written === undefined) return undefined;
  const refuse = (why: string) =>
    new SyntaxError(
      `Cannot read what is left of model "${model.graph.name}": its metadata "${KEY}" and its tensors contradict each ` +
        `other (${why}); it was changed since elements were removed`,
    );
  let blocks: KeptBlock[];
  try {
    blocks = parseShape<KeptBlock[]>(written, KEPT, "read it");
    for (const { id } of blocks) parseElement(id);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const left = blocks.filter(({ kept }) => kept && kept.length > 0);
  const found = left.length > 0 ? transformerOf(model, { groups: 1 }).blocks : [];
  if (found.length !== left.length) throw refuse(`${left.length} blocks with parts, found ${found.length}`);
  left.forEach(({ id, kept }, i) => {
    const { kind, group, width } = found[i]!;
    const channels = group?.channels ?? kept!.length; // of one head, and where attention is hard, nobody counts them
    const fits = kind === parseElement(id).kind && channels === kept!.length && width % kept!.length === 0;
    if (!fits) throw refuse(`"${id}" with ${kept!.length} parts, found ${kind} with ${channels}`);
  });
  return blocks;
}

/** The model with a note of what is left of each block, by the numbers of the first network. */
export function writeKept(
  model: Model,
  blocks: readonly Block[],
  states: ReadonlyMap<Block, BlockState>,
): Model {
  const earlier = earlierBlocks(model, blocks);
  const next = earlier.map(({ note, block }) => {
    if (block === undefined) return note;
    const { absent, kept, k } = states.get(block)!;
    if (absent) return { id: note.id };
    const stays = new Set(kept);
    const channels = [...block.partOfChannel.keys()].filter((channel) =>
      stays.has(block.partOfChannel[channel]!)
    );
    const old = note.kept ?? channels;
    return withoutUndefined({
      id: note.id,
      kept: block.group || kept.length === 0 ? channels.map((channel) => old[channel]!) : old,
      k: k ?? note.k,
    });
  });
  const metadata = { ...model.info.metadata, [KEY]: JSON.stringify(next) };
  return new Model(model.graph, { ...model.info, metadata });
}

/** Knowledge of each block from before, and which block of the model it is. */
function earlierBlocks(
  { info }: Model,
  blocks: readonly Block[],
): { note: KeptBlock & { k?: number }; block: Block | undefined }[] {
  const written = info.metadata[KEY];
  const known = written === undefined ? undefined : parseShape<KeptBlock[]>(written, KEPT, `read "${KEY}"`);
  if (!known) {
    return blocks.map((block) => {
      const channels = block.partOfChannel.length;
      const kept = Array.from({ length: channels }, (_, channel) => channel);
      return { note: { id: blockId(block.kind, block.layer), kept }, block };
    });
  }
  const waiting = [...blocks];
  return known.map((note) => ({ note, block: note.kept?.length ? waiting.shift() : undefined }));
}
