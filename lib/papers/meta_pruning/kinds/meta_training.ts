import type { Kind } from "../../../experiment/unit.ts";
import { metaTrain, type MetaTrainOptions } from "../../../metanet/meta_train.ts";
import { encodeMetanetwork } from "../../../metanet/metanetwork_file.ts";
import { metanetworkFor } from "../../../metanet/metanetwork_for.ts";
import type { MetanetworkSettings } from "../../../metanet/metanetwork_parameters.ts";
import type { Model } from "../../../onnx/model.ts";
import { multiStep } from "../../../train/schedules.ts";
import { type Architecture, nameOf } from "../architecture.ts";
import { type Measuring, networkOf, setupOf } from "../setup.ts";
import { edgesOf, macsOf } from "../cost.ts";
import { foldersOf } from "../data/data.ts";
import { type MetaRow, VARIANTS } from "../meta_row.ts";
import { MODULE } from "./kind.ts";

/** Settings of a metanetwork in a preset. */
export type MetanetworkSpec =
  & { layers: number; hidden: number; ratio: number }
  & Pick<Partial<MetanetworkSettings>, "edges" | "layout">;

/** How a metanetwork is trained. */
export interface MetaRecipe {
  /** Number of meta-epochs. */
  epochs: number;
  /** One is kept, and may be chosen, every so many meta-epochs. */
  every: number;
  /** Learning rate. */
  rate: number;
  /** Part of the run after which the rate is a tenth. */
  milestone: number;
  /** Factor of the sparsity regulariser in the loss. */
  strength: number;
  /** How much harder the weakest channel of a group is pushed than the strongest. */
  alpha: number;
  /** Examples per step; absent: all. */
  batchSize?: number;
  /** Batches whose gradients are averaged for a step. Default 1. */
  accumulate?: number;
  /** Statistics that norms go by in meta-training. Default `"stored"`, as published. */
  statistics?: "stored" | "batch";
}

/** A metanetwork that is trained from one seed. */
export interface MetaTrainingSpec extends Pick<Measuring, "data"> {
  /** Architecture of the networks that it learns from. */
  architecture: Architecture;
  /** Number of networks that it learns from. */
  dataModels: number;
  /** Settings of the metanetwork. */
  metanetwork: MetanetworkSpec;
  /** Settings of the meta-training. */
  meta: MetaRecipe;
  /** Seed of its weights and of the order of examples. */
  seed: number;
}

/** The role of a network that a metanetwork learns from. */
export function dataModelRole(index: number): string {
  return `data model ${index}`;
}

/** The product with the metanetwork of a meta-epoch. */
export function snapshotName(epoch: number): string {
  return `metanetwork-${epoch}.safetensors`;
}

/** Seconds that a meta-step takes however small its network is: its graph has thousands of operators. */
const STEP = 0.06;

/**
 * Operations of one message-passing layer for each number of an edge's state, forward and backward, about.
 */
const PER_EDGE_NUMBER = 60;

/** Trains a metanetwork: those that are kept on the way, and the loss of each meta-epoch. */
export const metaTraining: Kind<MetaTrainingSpec, MetaRow> = {
  name: "meta_pruning/meta_training",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ architecture, seed, meta }) =>
    `meta-training on ${nameOf(architecture)}, seed ${seed}${meta.strength ? "" : ", without regulariser"}`,
  seconds({ architecture, dataModels, metanetwork, meta, data }) {
    const { epochs, accumulate = 1, batchSize = data.examples.train } = meta;
    const perStep = 3 * macsOf(architecture) * Math.min(data.examples.train, batchSize) +
      PER_EDGE_NUMBER * edgesOf(architecture) * metanetwork.hidden * metanetwork.layers;
    return epochs * dataModels * accumulate * (perStep / 15e9 + STEP);
  },
  async work({ architecture, dataModels: count, metanetwork, meta, seed, ...measuring }, context) {
    const { data, runtime } = await setupOf(measuring, architecture, context);
    const dataModels: Model[] = [];
    for (let i = 0; i < count; i++) dataModels.push(await networkOf(await context.need(dataModelRole(i))));
    const { epochs, every, strength, alpha, batchSize, accumulate, statistics } = meta;
    const options: MetaTrainOptions = {
      epochs,
      every,
      strength,
      alpha,
      statistics,
      schedule: multiStep({ rate: meta.rate, milestones: [meta.milestone] }),
      seed,
      folder: await context.scratch(),
      runtime,
      progress: context.progress,
      batchSize,
      accumulate,
    };
    const first = metanetworkFor(dataModels[0]!, { ...metanetwork, seed });
    const { history, snapshots } = await metaTrain(dataModels, first, data.train, options);
    return {
      rows: history.map(({ epoch, loss }) => ({
        part: "meta-training",
        variant: VARIANTS.meta,
        net: -1,
        architecture: nameOf(architecture),
        data: data.name,
        metaSeed: seed,
        epoch,
        metaData: data.name,
        stage: "loss",
        asked: 1,
        reduction: 1,
        macs: 0,
        parameters: 0,
        value: loss,
      })),
      products: Object.fromEntries(
        snapshots.map(({ epoch, metanetwork }) => [snapshotName(epoch), encodeMetanetwork(metanetwork)]),
      ),
    };
  },
};
