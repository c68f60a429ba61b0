import type { PruningPlan } from "../../prune/pruning_plan.ts";
import type { PlanView } from "../protocol.ts";

/** A plan as plain data, without the numbers of single channels. */
export function planView(plan: PruningPlan): PlanView {
  return {
    before: plan.before,
    after: plan.after,
    reachable: plan.reachable,
    groups: plan.groups.map(({ id, name, channels, removed }) => ({
      id,
      name,
      channels,
      kept: channels - removed.length,
    })),
    protected: plan.protected.map(({ name, channels, why }) => ({ name, channels, why })),
    boundaries: plan.boundaries.map(({ node }) => node),
    uncounted: [...plan.uncounted],
    multiple: plan.multiple,
  };
}
