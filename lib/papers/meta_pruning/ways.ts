import type { Model } from "../../onnx/model.ts";
import type { Criterion } from "../../prune/criteria/criterion.ts";
import { l1 } from "../../prune/criteria/l1.ts";
import { random } from "../../prune/criteria/random.ts";
import { crossEntropy } from "../../train/losses.ts";
import type { Findings } from "./findings.ts";
import { withGroupSparsity } from "../../metanet/group_sparsity.ts";
import { changedBy, finetuned, fromScratch, metaRows, reestimated, wholeCurve } from "./measurements.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import { metanetworkFor } from "../../metanet/metanetwork_for.ts";
import type { MetaConfig } from "./networks.ts";
import type { ProgressiveOptions } from "../../metanet/progressive_pruning.ts";
import { shrinkGroups } from "../../metanet/shrink_groups.ts";
import { cutRows } from "./single_weights.ts";
import { trainBy } from "./train_by.ts";

/** A network to measure, with the data that it is trained and judged on, and what its rows say of it. */
export interface Judged {
  config: MetaConfig;
  model: () => Promise<Model>;
  about: Pick<MetaRow, "part" | "net" | "architecture" | "data">;
}

/** A network of a subject that its metanetworks have not seen. */
export function heldOutOf({ config, networks }: Findings, part: MetaRow["part"], net: number): Judged {
  const { name, data } = config.subject;
  return {
    config,
    model: async () => (await networks()).heldOut[net]!,
    about: { part, net, architecture: name, data },
  };
}

/** What is measured on a network, by name. */
export type Ways = Record<string, () => Promise<MetaRow[]>>;

/** Without a metanetwork, with and without fine-tuning. */
export function plain({ config, model, about }: Judged): Ways {
  const { none, tuned } = VARIANTS;
  return {
    [none]: async () => await wholeCurve(await model(), config, { ...about, variant: none }),
    [tuned]: async () =>
      await wholeCurve(await finetuned(await model(), config), config, { ...about, variant: tuned }),
  };
}

/** With the metanetworks that were chosen on some data. */
export function withMetanetworks(
  { config, model, about }: Judged,
  from: Findings,
  metaSeeds: readonly number[] = config.preset.metaSeeds,
): Ways {
  return Object.fromEntries(metaSeeds.map((metaSeed) => [
    `${VARIANTS.meta} ${metaSeed}`,
    async () => {
      const { metanetwork, ...rest } = await chosenOf(from, metaSeed);
      return await metaRows(config, await model(), metanetwork, {
        ...about,
        variant: VARIANTS.meta,
        ...rest,
      });
    },
  ]));
}

/** A chosen metanetwork, and what rows say of it. */
async function chosenOf({ config, chosen }: Findings, metaSeed: number) {
  return { ...await chosen(metaSeed), metaSeed, metaData: config.subject.data };
}

/** A network as a chosen metanetwork leaves it after fine-tuning, and what rows say of the metanetwork. */
async function preparedBy(from: Findings, metaSeed: number, { config, model }: Judged) {
  const { metanetwork, ...rest } = await chosenOf(from, metaSeed);
  return { tuned: await finetuned(await changedBy(metanetwork, await model(), config), config), rest };
}

/** Single weights in place of channels, without and with metanetworks. */
export function singleWeights(judged: Judged, own: Findings): Ways {
  const { config, model, about } = judged;
  const { tuned, meta } = VARIANTS;
  const seeds = config.preset.metaSeeds.map((metaSeed): [string, Ways[string]] => [
    `${meta} ${metaSeed}`,
    async () => {
      const { tuned: prepared, rest } = await preparedBy(own, metaSeed, judged);
      return await cutRows(prepared, config, { ...about, variant: meta, ...rest });
    },
  ]);
  return {
    [tuned]: async () =>
      await cutRows(await finetuned(await model(), config), config, { ...about, variant: tuned }),
    ...Object.fromEntries(seeds),
  };
}

/** What tells how much of a gain is the metanetwork's doing. */
export function controls(judged: Judged, own: Findings): Ways {
  const { config, model, about } = judged;
  const { preset, subject } = config;
  const { free, untrained, l1: l1Norm, random: atRandom, even, metaEven } = VARIANTS;
  const { shrunk: alone, sparse, scratch, widths } = VARIANTS;
  const metaSeed = preset.metaSeeds[0]!;
  let preparing: ReturnType<typeof preparedBy> | undefined;
  const prepared = () => preparing ??= preparedBy(own, metaSeed, judged);
  const meanOf = (criterion: Criterion): ProgressiveOptions => ({ criterion, normalizer: "mean" });
  return {
    [free]: async () => {
      const { metanetwork } = await own.trained(metaSeed, 0);
      const metaData = subject.data;
      return await metaRows(config, await model(), metanetwork, {
        ...about,
        variant: free,
        metaSeed,
        metaData,
      });
    },
    [untrained]: async () => {
      const metanetwork = metanetworkFor(await model(), { ...preset.metanetwork, seed: metaSeed });
      return await metaRows(config, await model(), metanetwork, { ...about, variant: untrained, metaSeed });
    },
    [l1Norm]: async () => await wholeCurve(await model(), config, { ...about, variant: l1Norm }, meanOf(l1)),
    [atRandom]: async () =>
      await wholeCurve(await model(), config, { ...about, variant: atRandom }, meanOf(random(about.net))),
    [even]: async () =>
      await wholeCurve(await model(), config, { ...about, variant: even }, { normalizer: "rank" }),
    [metaEven]: async () => {
      const { tuned, rest } = await prepared();
      return await wholeCurve(tuned, config, { ...about, variant: metaEven, ...rest }, {
        normalizer: "rank",
      });
    },
    [alone]: async () => {
      const { distance } = preset.shrink;
      const weak = await shrinkGroups(await model(), {
        distance,
        alpha: preset.meta.alpha,
        runtime: config.runtime,
      });
      const tuned = await finetuned(await reestimated(weak, config), config);
      return await wholeCurve(tuned, config, { ...about, variant: alone });
    },
    [sparse]: async () => {
      const { epochs, strength } = preset.sparse;
      const loss = withGroupSparsity(crossEntropy(), await model(), { strength, alpha: preset.meta.alpha });
      const thinned = await trainBy({ ...preset.finetune, epochs }, await model(), config, { loss });
      return await wholeCurve(await finetuned(thinned, config), config, { ...about, variant: sparse });
    },
    [scratch]: async () => await fromScratch(config, await model(), { ...about, variant: scratch }),
    [widths]: async () => {
      const { tuned, rest } = await prepared();
      return await fromScratch(config, tuned, { ...about, variant: widths, ...rest });
    },
  };
}
