import { countMacs } from "../../onnx/count_macs.ts";
import { type Table, table } from "../../plot/table.ts";
import { countExamples } from "../../train/batches.ts";
import { metaGraph } from "../../metagraph/convert.ts";
import type { MetaPreset, Recipe } from "./presets.ts";
import type { MetaSubject } from "./subject.ts";

/** Multiply-accumulates per second of two CPU cores that train a network, about; measured in `docs/benchmarks.md`. */
const RATE = 15e9;

/** Seconds that a step takes however small it is: of training, and of meta-training, whose graph has thousands of operators. */
const STEP = 1e-3;
const META_STEP = 0.06;

/** Passes of training over one example: forward, and twice that backward. */
const TRAINING = 3;

/** Operations of one message-passing layer for each number of an edge's state, forward and backward, about. */
const PER_EDGE_NUMBER = 60;

/** What an experiment is going to take, before it starts: multiply-accumulates, and time on two quiet CPU cores, about. */
export async function costEstimate(
  preset: MetaPreset,
  subject: Pick<MetaSubject, "build" | "others" | "train">,
): Promise<Table> {
  const model = await subject.build(0);
  const { macs } = countMacs(model);
  const graph = metaGraph(model);
  const examples = countExamples(subject.train);
  const {
    dataModels,
    heldOut,
    metaSeeds,
    meta,
    base,
    initial,
    finetune,
    finish,
    finals,
    metanetwork,
    cuts = [],
  } = preset;
  const epochs = (count: number, { epochs, batchSize }: Recipe): Work => ({
    macs: count * epochs * TRAINING * macs * examples,
    seconds: count * epochs * Math.ceil(examples / batchSize) * STEP,
  });
  // Other data have networks and a metanetwork of their own, which is tried on all data, as the subject's is on theirs.
  const away = subject.others.filter(({ data }) => data).length;
  const alike = subject.others.length - away;
  const networks = (1 + away) * (dataModels + 1 + heldOut) + alike;
  const metanetworks = metaSeeds.length + away;
  const steps = (metanetworks + 1) * meta.epochs * dataModels * (meta.accumulate ?? 1);
  const perStep = TRAINING * macs * Math.min(examples, meta.batchSize ?? examples) +
    PER_EDGE_NUMBER * graph.edges * metanetwork.hidden * metanetwork.layers;
  const runs = heldOut * (metaSeeds.length + 10 + 2 * away + (1 + away) ** 2 - 1) +
    alike * (metaSeeds.length + 2);
  const thinned = cuts.length > 0 ? heldOut * (metaSeeds.length + 1) : 0;
  const all = { ...base, epochs: base.epochs + finetune.epochs + finish.epochs };
  const parts: Record<string, Work[]> = {
    "networks to learn from, to choose by and to judge by": [
      epochs(networks, base),
      ...initial ? [epochs(networks, initial.training)] : [],
    ],
    "meta-training": [{ macs: steps * perStep, seconds: steps * META_STEP }],
    "choosing metanetworks": [epochs(metanetworks * Math.ceil(meta.epochs / meta.every), finetune)],
    "fine-tuning, pruning and training again": [epochs(runs, finetune), epochs(runs * finals.length, finish)],
    "single weights in place of channels": [
      epochs(thinned, finetune),
      epochs(thinned * cuts.length, finish),
    ],
    "training from scratch": [epochs(2 * heldOut * finals.length, all)],
  };
  const lines = Object.entries({ ...parts, all: Object.values(parts).flat() })
    .filter(([, work]) => work.some(({ macs }) => macs > 0));
  return table(lines.map(([part, work]) => {
    const [macs, seconds] = [
      work.reduce((sum, w) => sum + w.macs, 0),
      work.reduce((sum, w) => sum + w.seconds, 0),
    ];
    return {
      part,
      "multiply-accumulates": macs.toExponential(1),
      "on two CPU cores, about": written(macs / RATE + seconds),
    };
  }));
}

/** Arithmetic, and what it costs in time beside it. */
interface Work {
  macs: number;
  seconds: number;
}

function written(seconds: number): string {
  const [size, unit] = seconds < 90
    ? [1, "s"]
    : seconds < 5400
    ? [60, "min"]
    : seconds < 172_800
    ? [3600, "h"]
    : seconds < 730 * 86_400
    ? [86_400, "days"]
    : [365 * 86_400, "years"];
  return `${Math.max(1, Math.round(seconds / size))} ${unit}`;
}
