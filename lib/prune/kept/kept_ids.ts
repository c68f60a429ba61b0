import { Model } from "../../onnx/model.ts";
import type { ChannelGroups } from "../channel_groups.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import { tensorOf } from "../../tensor/tensor.ts";
import { arrayOf, elements } from "../../tensor/arrays.ts";
import type { Removal } from "../removal.ts";

/** Where a model's file says which ids stayed. */
const KEY = "espalier.ids";

/**
 * The ids that a model still knows, by input: what it calls i was id `keptIds(model)[input][i]` before rows
 * of its vocabulary were removed. Tokens become ids of the model by their place in this list, and where its
 * outputs have a number for each id, they are in this order, too. Inputs of which nothing was removed are not
 * named.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../../nn/mlp.ts";
 *
 * assert.deepEqual(keptIds(mlp({ sizes: [4, 8, 2] })), {});
 * ```
 */
export function keptIds({ info: { metadata } }: Model): Record<string, number[]> {
  const isIds = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isInteger);
  try {
    const told = Object.entries(JSON.parse(Object.hasOwn(metadata, KEY) ? metadata[KEY]! : "{}") as object);
    return Object.fromEntries(told.filter((entry): entry is [string, number[]] => isIds(entry[1])));
  } catch {
    return {};
  }
}

/** The ids that stay when a removal is carried out, by input, as the model before calls them. */
export function idsOf({ traced }: ChannelGroups, { keptPositions }: Removal): Map<string, Int32Array> {
  const kept = new Map<string, Int32Array>();
  for (const [input, labels] of traced.vocabularies) {
    const ids = keptPositions(labels);
    if (ids) kept.set(input, ids);
  }
  return kept;
}

/** The pruned model that says which ids stayed, by their first numbers. */
export function writeKeptIds(smaller: Model, kept: ReadonlyMap<string, Int32Array>): Model {
  if (kept.size === 0) return smaller;
  const before = keptIds(smaller);
  const now = Object.fromEntries(
    [...kept].map(([input, ids]) => [input, Array.from(ids, (id) => before[input]?.[id] ?? id)]),
  );
  const metadata = { ...smaller.info.metadata, [KEY]: JSON.stringify({ ...before, ...now }) };
  return new Model(smaller.graph, { ...smaller.info, metadata });
}

/**
 * Inputs of a pruned model as the original calls them: other ids, of which negative ones count from the last
 * row, and all else as it is.
 */
export function idsBefore(inputs: Tensors, kept: ReadonlyMap<string, Int32Array>): Tensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const ids = kept.get(name);
      if (ids === undefined) return [name, tensor];
      const data = tensor.type === "int64"
        ? elements(tensor, "int64").map((id) => BigInt(ids.at(Number(id)) ?? 0))
        : arrayOf(tensor).map((id) => ids.at(id) ?? 0);
      return [name, tensorOf(tensor.type, data, tensor.dims)];
    }),
  );
}
