import { fileBytes } from "../../onnx/codec/encode.ts";
import type { Shape } from "../../onnx/dim.ts";
import type { Model } from "../../onnx/model.ts";
import type { ChannelGroups } from "../channel_groups.ts";
import { pruned, removeChannels } from "../prune.ts";
import { type Removal, removalFrom } from "../removal.ts";
import { measureAlong } from "../select.ts";
import type { Costs } from "./cost.ts";
import { costsOf } from "./model_costs.ts";
import type { RemovalResult } from "./remove_until_budget.ts";

/** Costs of what `prune` gives: bytes of its file, with the sizes and indices that are stored anew. */
export function realCosts(
  { model, groups }: { model: Model; groups: ChannelGroups },
  { removed, after }: RemovalResult,
  inputShapes: Readonly<Record<string, Shape>>,
  wanted: keyof Costs,
): Costs {
  const gone = groups.groups.map(({ id, channels }) => {
    const flags = new Uint8Array(channels);
    for (const channel of removed.get(id) ?? []) flags[channel] = 1;
    return flags;
  });
  const removal = removalFrom(groups, gone);
  const bytes = fileBytes(withoutRemoved({ model, groups }, removal, measureAlong));
  // What several blocks need and nobody else leaves with the last of them, which no sum over blocks knows.
  if (groups.traced.gates.some(({ atom }) => removal.leaves(atom))) {
    const smaller = withoutRemoved({ model, groups }, removal);
    return { ...costsOf(smaller, inputShapes, wanted), bytes };
  }
  return { ...after, bytes };
}

/** The model that `prune` gives, with what it declares; also where it would refuse to give it. */
function withoutRemoved(
  { model, groups }: { model: Model; groups: ChannelGroups },
  removal: Removal,
  select?: typeof measureAlong,
): Model {
  try {
    return pruned(model, groups, removal, select);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return removeChannels(groups, removal, select);
  }
}
