import { TypeError } from "../../lib/errors.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { MetaGraph } from "../../lib/metagraph/meta_graph.ts";
import { Model } from "../../lib/onnx/model.ts";
import { ChannelGroups } from "../../lib/prune/channel_groups.ts";
import { CostReport } from "../../lib/prune/cost_report.ts";
import { PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { drawGroups } from "./display/groups.ts";
import { drawMetaGraph } from "./display/meta_graph.ts";
import { drawModel } from "./display/model.ts";
import { drawPlan } from "./display/plan.ts";
import { drawReport } from "./display/report.ts";
import { drawTensor } from "./display/tensor.ts";

/**
 * Contents of a cell's output, by MIME type. There is always `text/plain`: diffs, terminals and screen
 * readers see only that.
 */
export type MimeBundle = { "text/plain": string } & Record<string, unknown>;

/** How the values of one class show themselves in a notebook. */
export interface Drawing {
  /** Prototype of the class whose values are drawn: `Tensor.prototype`. */
  prototype: object;
  /** Gives the bundle by which a notebook shows one value of the class. */
  draw: (value: never) => MimeBundle | Promise<MimeBundle>;
}

/** A row of the table: a class, and the function that draws its values. */
export function drawing<T extends object>(
  of: { prototype: T },
  draw: (value: T) => MimeBundle | Promise<MimeBundle>,
): Drawing {
  return { prototype: of.prototype, draw };
}

/** Every class that draws itself in a notebook. A class that has its own `Jupyter.display` needs no row. */
export const DRAWINGS: readonly Drawing[] = [
  drawing(Model, drawModel),
  drawing(ChannelGroups, drawGroups),
  drawing(PruningPlan, drawPlan),
  drawing(CostReport, drawReport),
  drawing(MetaGraph, drawMetaGraph),
  // An interface in onnxruntime-common's types, a class when it runs.
  drawing(Tensor as unknown as { prototype: Tensor }, drawTensor),
];

const DISPLAY = Symbol.for("Jupyter.display");

/**
 * Makes the values of these classes show themselves as a cell's last value. Doing it twice changes nothing.
 */
export function teachDisplay(drawings: readonly Drawing[] = DRAWINGS): void {
  for (const { prototype, draw } of drawings) {
    Object.defineProperty(prototype, DISPLAY, {
      value: function (this: never) {
        return draw(this);
      },
      configurable: true,
      writable: true,
    });
  }
}

/**
 * Makes the values of a class show themselves as a cell's last value, from a notebook or a module: the one
 * way to add a drawing, or to put another in place of one that is there.
 *
 * ```ts ignore
 * registerDisplay(Schedule, (schedule) => ({
 *   "text/plain": `${schedule}`,
 *   "image/svg+xml": drawSchedule(schedule),
 * }));
 * ```
 *
 * @throws TypeError where `type` is no class
 */
export function registerDisplay<T extends object>(
  type: { prototype: T },
  draw: (value: T) => MimeBundle | Promise<MimeBundle>,
): void {
  if (typeof type !== "function" || typeof (type as { prototype?: unknown }).prototype !== "object") {
    throw new TypeError(
      `Cannot register a drawing for ${String(type)}: expected a class, whose values it draws`,
    );
  }
  teachDisplay([drawing(type, draw)]);
}
