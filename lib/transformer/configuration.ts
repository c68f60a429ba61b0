import { RangeError, TypeError } from "../errors.ts";
import { givenInWords } from "../given.ts";
import { requireOptions } from "../options.ts";
import { type Configuration, type ElementId, inOrder, parseElement, partId } from "./elements.ts";
import { type Block, elementsOf, requireTransformer, type Transformer } from "./transformer.ts";

/** The paper's number of attention weights that each query keeps, the same for all tasks. */
export const K = 30;

/** State of a block in a configuration. */
export interface BlockState {
  /** Whether the whole block is gone. */
  absent: boolean;
  /** Parts that stay, in order; none where the block is absent. */
  kept: readonly number[];
  /** How many attention weights each query keeps; undefined where all. */
  k: number | undefined;
}

/**
 * A configuration in which nothing is gone.
 *
 * @throws TypeError where what is given knows no groups, such as the model itself
 */
export function emptyConfiguration(
  transformer: Pick<Transformer, "groups">,
  options: { k?: Configuration["k"] | undefined; renormalize?: boolean | undefined } = {},
): Configuration {
  requireOptions("emptyConfiguration", options, { k: true, renormalize: true });
  const { k = K, renormalize = false } = options;
  const { groups } = transformer;
  if (groups === undefined) requireTransformer("make a configuration", transformer);
  return { groups, k, renormalize, removed: [] };
}

/** The configuration with other elements gone. */
export function withRemoved(configuration: Configuration, removed: Iterable<ElementId>): Configuration {
  return { ...configuration, removed: inOrder(removed) };
}

/** Fields that make a configuration complete in itself. */
const FIELDS = ["groups", "k", "renormalize", "removed"] as const;

/**
 * Throws TypeError where a configuration is not complete, and RangeError where it names an element that the
 * transformer does not have, divides neurons into other groups, or keeps no number of attention weights.
 */
export function requireConfiguration(
  action: string,
  transformer: Transformer,
  configuration: Configuration,
): void {
  requireTransformer(action, transformer);
  const missing = FIELDS.filter((field) => configuration?.[field] === undefined);
  if (missing.length > 0) {
    throw new TypeError(
      `Cannot ${action} the elements of a configuration without ${missing.join(", ")}: expected ` +
        `{ ${
          FIELDS.join(", ")
        } }, the \`configuration\` of what axSearch gives, or { ...emptyConfiguration(transformer), removed }`,
    );
  }
  const { removed, groups } = configuration;
  if (groups !== transformer.groups) {
    throw new RangeError(
      `Cannot ${action} the elements of a configuration of ${groups} groups: the transformer has ` +
        `${transformer.groups}; give transformerOf(model, { groups: ${groups} })`,
    );
  }
  if (!Array.isArray(removed)) {
    throw new TypeError(
      `Cannot ${action} the elements of ${givenInWords(removed)}: expected removed to be a list, such as ` +
        `["attention.0.head.3"]`,
    );
  }
  requireK(action, transformer, configuration);
  const known = new Set(elementsOf(transformer));
  for (const id of removed) {
    const { kind, layer, part } = parseElement(id);
    if (known.has(id)) continue;
    const owner = kind === "hard-attention" ? "attention" : kind;
    const block = transformer.blocks.find((block) => block.layer === layer && block.kind === owner);
    const why = block === undefined
      ? `the transformer has ${layersOf(transformer)} layers`
      : part !== undefined
      ? `the block has ${block.parts} ${block.parts === 1 ? "part" : "parts"} that can leave`
      : "its attention weights are not in the graph, or its attention is hard already";
    throw new RangeError(`Cannot ${action} "${id}": ${why}; elementsOf(transformerOf(model)) lists them all`);
  }
}

/** Throws RangeError where numbers of attention weights are none, or not one for each layer. */
function requireK(action: string, transformer: Transformer, { k }: Configuration): void {
  const layers = layersOf(transformer);
  const numbers = Array.isArray(k) ? k : new Array(layers).fill(k);
  if (numbers.length === layers && numbers.every((number) => Number.isInteger(number) && number >= 1)) return;
  throw new RangeError(
    `Cannot ${action} with hard attention of k = ${
      JSON.stringify(k)
    }: expected a whole number from 1, or a list ` +
      `of one for each of ${layers} layers`,
  );
}

/** Number of layers: the most blocks of a kind. */
export function layersOf({ blocks }: Transformer): number {
  return 1 + Math.max(...blocks.map(({ layer }) => layer));
}

/** State of a block in a configuration. */
export function stateOf(block: Block, { removed, k }: Configuration): BlockState {
  const { id, kind, layer, parts } = block;
  const gone = new Set<string>(removed);
  const absent = gone.has(id);
  const all = Array.from({ length: parts }, (_, part) => part);
  const hard = kind === "attention" && !absent && gone.has(`hard-attention.${layer}`);
  return {
    absent,
    kept: absent ? [] : all.filter((part) => !gone.has(partId(kind, layer, part))),
    k: hard ? typeof k === "number" ? k : k[layer] : undefined,
  };
}
