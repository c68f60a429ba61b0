import { countMacs } from "../onnx/count_macs.ts";
import type { Tensor } from "../deps.ts";
import { type Table, table } from "../plot/table.ts";
import { metaGraph } from "./convert.ts";
import type { MetaPreset } from "./presets.ts";
import type { MetaSubject } from "./subject.ts";

/** Multiply-accumulates per second of two CPU cores that train a network, about; measured in `docs/benchmarks.md`. */
const RATE = 15e9;

/** Passes of training over one example: forward, and twice that backward. */
const TRAINING = 3;

/** Operations of one message-passing layer for each number of an edge's state, forward and backward, about. */
const PER_EDGE_NUMBER = 60;

/** What an experiment is going to take, before it starts: multiply-accumulates, and time on two CPU cores, within a factor of three. */
export function costEstimate(preset: MetaPreset, subject: MetaSubject): Table {
  const model = subject.build(0);
  const { macs } = countMacs(model);
  const graph = metaGraph(model);
  const examples = (subject.train.inputs as Tensor).dims[0]!;
  const { dataModels, heldOut, metaSeeds, meta, base, initial, finetune, finish, finals, metanetwork } =
    preset;
  const pass = TRAINING * macs * examples;
  const networks = dataModels + 1 + heldOut + subject.others.length;
  const perStep = TRAINING * macs * Math.min(examples, meta.batchSize ?? examples) +
    PER_EDGE_NUMBER * graph.edges * metanetwork.hidden * metanetwork.layers;
  const kept = Math.ceil(meta.epochs / meta.every);
  const runs = heldOut * (metaSeeds.length + 7) + subject.others.length * (metaSeeds.length + 2);
  const scratch = heldOut * finals.length * (base.epochs + finetune.epochs + finish.epochs);
  const parts: [string, number][] = [
    [
      "networks to learn from, to choose by and to judge by",
      networks * (base.epochs + (initial?.training.epochs ?? 0)) * pass,
    ],
    ["meta-training", (metaSeeds.length + 1) * meta.epochs * dataModels * perStep],
    ["choosing metanetworks", metaSeeds.length * kept * finetune.epochs * pass],
    [
      "fine-tuning, pruning and training again",
      runs * (finetune.epochs + finals.length * finish.epochs) * pass,
    ],
    ["training from scratch", scratch * pass],
  ];
  const all = parts.reduce((sum, [, work]) => sum + work, 0);
  return table([...parts, ["all", all] as [string, number]].map(([part, work]) => ({
    part,
    "multiply-accumulates": work.toExponential(1),
    "on two CPU cores, about": written(work / RATE),
  })));
}

function written(seconds: number): string {
  const [size, unit] = seconds < 90
    ? [1, "s"]
    : seconds < 5400
    ? [60, "min"]
    : seconds < 172_800
    ? [3600, "h"]
    : [86_400, "days"];
  return `${Math.max(1, Math.round(seconds / size))} ${unit}`;
}
