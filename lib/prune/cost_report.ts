import { printable } from "../printable.ts";
import { threeDigits } from "../amounts.ts";
import { textTable } from "../text_table.ts";
import type { Latency } from "./latency/latency.ts";
import { type LayerLatency, layerTable } from "./latency/layer_latency.ts";

/** Costs of one model. */
export interface ModelCosts {
  /** Multiply-accumulates of one example. */
  macs: number;
  /** Learned numbers. */
  parameters: number;
  /** Bytes on disk. */
  bytes: number;
  /** Nodes of operators that nobody knows the cost of, in neither count. Absent where both are exact. */
  uncounted?: string[];
  /** One per engine and batch. */
  latencies: Latency[];
}

/** Costs of a model before and after: result of `report`. */
export class CostReport {
  /** The model as it was. */
  readonly before: ModelCosts;
  /** The model as it is now. */
  readonly after: ModelCosts;

  /** Every layer alone, in the order of the graph; empty where layers were not timed. */
  readonly layers: LayerLatency[] = [];

  /** A report on two models that were measured on the same engines and batches, in the same order. */
  constructor(before: ModelCosts, after: ModelCosts) {
    this.before = before;
    this.after = after;
  }

  /**
   * A table: counts, and medians with their middle half of runs, before, after, and after as a part of
   * before; a second one of layers, where they were timed.
   */
  toString(): string {
    const { before, after } = this;
    const counts = (["macs", "parameters", "bytes"] as const).map((kind) => [
      { macs: "MACs", parameters: "parameters", bytes: "bytes on disk" }[kind],
      before[kind].toLocaleString("en"),
      after[kind].toLocaleString("en"),
      before[kind] === 0 ? "" : (after[kind] / before[kind]).toFixed(3),
    ]);
    const times = before.latencies.map((latency, i) => [
      `latency (ms), ${latency.engine}, batch ${latency.batch}, ${latency.runs} runs`,
      latencyCell(latency),
      latencyCell(after.latencies[i]!),
      (after.latencies[i]!.median / latency.median).toFixed(3),
    ]);
    const rows = [["", "before", "after", "ratio"], ...counts, ...times];
    return printable([
      ...textTable(rows, ["left", "right", "right", "right"]).lines,
      ...after.uncounted?.map((node) => `not counted: ${node}`) ?? [],
      ...times.length
        ? ["Latency: median (first to third quartile), both models in turns; its ratio is the latency ratio"]
        : [],
      ...this.layers.length > 0 ? ["", layerTable(this.layers)] : [],
    ].join("\n"));
  }

  /** Text that a terminal shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** MIME bundle that a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/** Milliseconds of a run, as tables show them: median (first to third quartile). */
export function latencyCell({ median, quartiles: [low, high] }: Latency): string {
  return `${threeDigits(median)} (${threeDigits(low)} to ${threeDigits(high)})`;
}
