import { withoutUndefined } from "../options.ts";
import { Model } from "../onnx/model.ts";
import { producers } from "../onnx/topology.ts";
import type { BlockState } from "./configuration.ts";
import { blockId, parseElement } from "./elements.ts";
import { contradiction, type KeptBlock, type Note, NOTES, notesOf } from "./notes.ts";
import { type Block, transformerOf } from "./transformer.ts";

/** What is known of a block from before, and which one of the model it is, where any part is left. */
export interface NotedBlock {
  /** What is left of it. */
  note: KeptBlock;
  /** Where it is in the model. */
  block: Block | undefined;
}

/**
 * The rest of the network that elements were removed from, block by block, by its own numbers; undefined for
 * a model that nothing was removed from. Blocks that were first seen when others had gone come last.
 *
 * @throws SyntaxError where the model says of itself what its tensors contradict: it was changed since
 */
export function keptOf(model: Model): KeptBlock[] | undefined {
  const notes = notesOf(model);
  if (notes === undefined) return undefined;
  const left = notes.some(({ kept }) => kept && kept.length > 0);
  const blocks = left ? transformerOf(model, { groups: 1 }).blocks : [];
  return placed(model, notes, blocks).map(({ note }) => note);
}

/**
 * What was left of each block before, and where it is now; of blocks that nobody noted all is.
 *
 * @throws SyntaxError where the model says of itself what its tensors contradict
 */
export function notedBlocks(model: Model, blocks: readonly Block[]): NotedBlock[] {
  const noted = placed(model, notesOf(model) ?? [], blocks);
  const known = new Set(noted.map(({ block }) => block));
  const ids = new Set<string>(noted.map(({ note }) => note.id));
  for (const block of blocks) {
    if (known.has(block)) continue;
    let layer = block.layer;
    while (ids.has(blockId(block.kind, layer))) layer++;
    const id = blockId(block.kind, layer);
    ids.add(id);
    noted.push({ note: { id, kept: [...block.partOfChannel.keys()] }, block });
  }
  return noted;
}

/**
 * The model with a note of what is left of each block, by the numbers of the first network.
 *
 * @param whole the model before parts were cut from its blocks, without what nobody reads
 */
export function writeKept(
  model: Model,
  noted: readonly NotedBlock[],
  states: ReadonlyMap<Block, BlockState>,
  whole: Model,
): Model {
  const made = producers(whole.graph);
  const next = noted.map(({ note, block }): Note => {
    if (block === undefined) return note;
    const { absent, kept, k } = states.get(block)!;
    // What nobody reads any more went with what read it: an encoder's blocks with all that look at it.
    if (absent || !made.has(block.sum)) return { id: note.id };
    const stays = new Set(kept);
    const channels = [...block.partOfChannel].flatMap((part, channel) => stays.has(part) ? [channel] : []);
    const left = block.group || kept.length === 0
      ? channels.map((channel) => note.kept![channel]!)
      : note.kept;
    const at = kept.length > 0 ? block.projection : undefined;
    return withoutUndefined({ id: note.id, kept: left, k: k ?? note.k, at });
  });
  const metadata = { ...model.info.metadata, [NOTES]: JSON.stringify(next) };
  return new Model(model.graph, { ...model.info, metadata });
}

/** The blocks of notes: by the names of their projections, or, where those are others now, in order. */
function placed(model: Model, notes: readonly Note[], blocks: readonly Block[]): NotedBlock[] {
  const left = notes.filter(({ kept }) => kept && kept.length > 0);
  const byName = left.flatMap(({ at }) => blocks.filter(({ projection }) => projection === at));
  const found = byName.length === left.length ? byName : blocks;
  if (found.length !== left.length) {
    throw contradiction(model, `${left.length} blocks with parts, found ${found.length}`);
  }
  const places = new Map(left.map((note, i) => [note, found[i]!]));
  return notes.map((note) => {
    const { at: _, ...rest } = note;
    const block = places.get(note);
    if (block) requireFit(model, rest, block);
    return { note: rest, block };
  });
}

/** Throws SyntaxError where a block is not what is noted of it. */
function requireFit(model: Model, { id, kept = [] }: KeptBlock, { kind, group, width }: Block): void {
  // Where parts do not leave by themselves nobody counts them.
  const channels = group?.channels ?? kept.length;
  if (kind === parseElement(id).kind && channels === kept.length && width % kept.length === 0) return;
  throw contradiction(model, `"${id}" with ${kept.length} parts, found ${kind} with ${channels}`);
}
