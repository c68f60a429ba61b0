import { SyntaxError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { emptyConfiguration, layersOf, requireConfiguration, withRemoved } from "./configuration.ts";
import {
  blockId,
  type Configuration,
  type ElementId,
  hardId,
  inOrder,
  parseElement,
  partId,
} from "./elements.ts";
import type { Transformer } from "./transformer.ts";

/** A configuration as the authors' code saves it: five lists, layers and parts counted from 0. */
export interface FiveLists {
  /** Layers whose attention is hard. */
  hard_attn: number[];
  /** Layers without their feed-forward block. */
  ffn_prune: number[];
  /** Layers without their attention. */
  attn_prune: number[];
  /** Groups of neurons that are gone, layer by layer. */
  ffn_approx: number[][];
  /** Heads that are gone, layer by layer. */
  attn_approx: number[][];
}

/**
 * A configuration in the authors' five lists.
 *
 * @throws TypeError where it is none; RangeError where it names what the network does not have
 */
export function toFiveLists(transformer: Transformer, configuration: Configuration): FiveLists {
  requireConfiguration("write five lists with", transformer, configuration);
  const layers = layersOf(transformer);
  const lists = (): number[][] => Array.from({ length: layers }, () => []);
  const five: FiveLists = {
    hard_attn: [],
    ffn_prune: [],
    attn_prune: [],
    ffn_approx: lists(),
    attn_approx: lists(),
  };
  for (const id of inOrder(configuration.removed)) {
    const { kind, layer, part } = parseElement(id);
    if (kind === "hard-attention") five.hard_attn.push(layer);
    else if (part === undefined) five[kind === "attention" ? "attn_prune" : "ffn_prune"].push(layer);
    else five[kind === "attention" ? "attn_approx" : "ffn_approx"][layer]!.push(part);
  }
  return five;
}

/**
 * A configuration from the authors' five lists, for `k` attention weights where attention is hard.
 *
 * @throws SyntaxError where they are no five lists; RangeError where they name what the network does not have
 */
export function fromFiveLists(
  transformer: Transformer,
  lists: FiveLists,
  options: Partial<Pick<Configuration, "k" | "renormalize">> = {},
): Configuration {
  requireOptions("fromFiveLists", options, { k: true, renormalize: true });
  const flat = (name: "hard_attn" | "ffn_prune" | "attn_prune") => {
    const list: unknown = lists?.[name];
    if (Array.isArray(list) && list.every(Number.isInteger)) return list as number[];
    throw new SyntaxError(
      `Cannot read five lists: expected "${name}" to be a list of layers, found ${JSON.stringify(list)}`,
    );
  };
  const nested = (name: "ffn_approx" | "attn_approx") => {
    const list: unknown = lists?.[name];
    if (Array.isArray(list) && list.every((each) => Array.isArray(each) && each.every(Number.isInteger))) {
      return list as number[][];
    }
    throw new SyntaxError(
      `Cannot read five lists: expected "${name}" to be a list of parts for each layer, found ${
        JSON.stringify(list)
      }`,
    );
  };
  const removed: ElementId[] = [
    ...flat("hard_attn").map(hardId),
    ...flat("ffn_prune").map((layer) => blockId("feed-forward", layer)),
    ...flat("attn_prune").map((layer) => blockId("attention", layer)),
    ...nested("ffn_approx").flatMap((parts, layer) =>
      parts.map((part) => partId("feed-forward", layer, part))
    ),
    ...nested("attn_approx").flatMap((parts, layer) => parts.map((part) => partId("attention", layer, part))),
  ];
  const configuration = withRemoved(emptyConfiguration(transformer, options), removed);
  requireConfiguration("read five lists with", transformer, { ...configuration, removed });
  return configuration;
}
