import { requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { backward } from "../onnx/gradients.ts";
import { channelGroups } from "../prune/channel_groups.ts";
import type { Loss } from "../train/losses.ts";
import {
  type GroupSparsityOptions,
  requirePrunable,
  sparsityGradient,
  sparsitySettings,
} from "./sparsity_gradient.ts";
import { own } from "../own.ts";

/**
 * A loss that also pushes weak channels towards zero while the model trains: DepGraph's sparse learning, the
 * control that needs no metanetwork. What the loss says is the loss alone.
 *
 * Source: Fang et al., "DepGraph: towards any structural pruning", CVPR 2023, section 3.3.
 *
 * @param model the model that is going to be trained
 * @throws TypeError where no group of its channels can be pruned, and, once it trains, where none of their
 * weights does; not with strength 0; RangeError where strength or alpha is out of bounds
 */
export function withGroupSparsity(loss: Loss, model: Model, options: GroupSparsityOptions = {}): Loss {
  requireOptions("withGroupSparsity", options, { strength: true, alpha: true });
  const groups = channelGroups(model);
  const action = "train with group sparsity";
  const { strength } = sparsitySettings(action, options);
  if (strength !== 0) requirePrunable(groups, action);
  return {
    ...loss,
    name: `${loss.name} + group sparsity ${JSON.stringify(options)}`,
    gradients(g, value, parameters) {
      if (strength !== 0) requirePrunable(groups, action, (name) => parameters.includes(name));
      const found = backward(g, value, parameters);
      const sparse = sparsityGradient(g, groups, (name) => name, options);
      return Object.fromEntries(
        parameters.map((name) => {
          const push = own(sparse, name);
          return [name, push ? g.add(found[name]!, push) : found[name]!];
        }),
      );
    },
  };
}
