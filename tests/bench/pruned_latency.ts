import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { type Bench, digits, TIME_HEAD, timeCells } from "./section.ts";
import { subject } from "./subject.ts";
import { spent, takeTurns } from "./turns.ts";

const BATCH = 64;

/** ResNet-56 pruned to parts of its MACs, with widths rounded to several multiples, beside the original. */
export const prunedLatency: Bench = async ({ rounds }) => {
  const { model, weights, pixels } = await subject();
  const models: { name: string; model: Model }[] = [{ name: "original", model }];
  for (const macs of [0.75, 0.5, 0.25]) {
    for (const roundTo of ["auto", 1, 4, 8, 16] as const) {
      const pruned = smaller(model, macs, roundTo);
      if (pruned) models.push({ name: `${roundTo}`, model: pruned });
    }
  }
  const runtime = await openNative();
  const feeds = {
    [model.graph.inputs[0]!]: float32(pixels.subarray(0, BATCH * 3 * 32 * 32), [BATCH, 3, 32, 32]),
  };
  const contestants = [];
  for (const { name, model } of models) {
    const session = await runtime.session(model.toOnnx()); // the file, as another runtime gets it
    contestants.push({
      name,
      step: () =>
        spent(async () => {
          const { logits } = await session.run(feeds);
          const [first] = logits!.data as Float32Array;
          if (!Number.isFinite(first)) throw new Error(`Cannot measure a model that answers ${first}`);
        }),
    });
  }
  const times = await takeTurns(contestants, 4 * rounds);
  await runtime.close();
  const whole = countMacs(model).macs;
  return {
    title: "Latency of pruned models",
    about:
      `ResNet-56, ${weights}, batch ${BATCH}, native engine; criterion group-l2; ${4 * rounds} rounds in ` +
      "turns. The gain is the original's time by the pruned model's; ideally it is the original's MACs by the " +
      "pruned model's. A multiple is left out where whole multiples cannot reach the target.",
    head: [
      "MACs left",
      "widths rounded to",
      ...TIME_HEAD("ms"),
      "gain, best",
      "gain, median",
      "part of ideal, best",
      "part of ideal, median",
    ],
    rows: times.map((time, i) => {
      const { name, best, median } = time;
      const part = countMacs(models[i]!.model).macs / whole;
      const gains = [times[0]!.best! / best!, times[0]!.median! / median!];
      return [
        `${(100 * part).toFixed(1)} %`,
        name,
        ...timeCells(time, "ms", 1),
        ...gains.map((gain) => digits(gain, 2)),
        ...gains.map((gain) => digits(gain * part, 2)),
      ];
    }),
  };
};

/** The pruned model; nothing where the target is out of reach. */
function smaller(model: Model, macs: number, roundTo: number | "auto"): Model | undefined {
  try {
    return prune(model, planPruning(model, { target: { macs }, criterion: "group-l2", roundTo }));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
