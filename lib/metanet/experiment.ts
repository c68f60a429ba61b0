import type { Model } from "../onnx/model.ts";
import type { Criterion } from "../prune/criteria/criterion.ts";
import { l1 } from "../prune/criteria/l1.ts";
import { random } from "../prune/criteria/random.ts";
import { fit } from "../train/fit.ts";
import { crossEntropy } from "../train/losses.ts";
import { chooseMetanetwork } from "./choose_metanetwork.ts";
import { withGroupSparsity } from "./group_sparsity.ts";
import { changedBy, finetuned, fromScratch, metaRows, wholeCurve } from "./measurements.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import type { MetaTrained, Snapshot } from "./meta_train.ts";
import { metanetworkFor } from "./metanetwork_for.ts";
import { nestedProgress } from "./nested_progress.ts";
import {
  folderOf,
  type MetaConfig,
  metanetworkOf,
  type MetaNetworks,
  metaNetworks,
  network,
  trainingOf,
} from "./networks.ts";
import type { ProgressiveOptions } from "./progressive_pruning.ts";
import { loadRows, saveRows } from "./saved_rows.ts";

/**
 * The whole experiment, row by row: metanetworks from several seeds are trained and chosen, then tried on networks they have
 * not seen, beside the controls that say what the gain is worth. Rows are kept in a file: what is there already is
 * not computed again.
 */
export async function* run(outer: MetaConfig): AsyncGenerator<MetaRow> {
  const { preset, subject, signal, progress } = outer;
  let done = 0;
  const config = { ...outer, progress: nestedProgress(progress, () => done) };
  const path = `${await folderOf(config)}/rows.jsonl`;
  const saved = await loadRows<MetaRow>(path);
  const once = async (unit: string, measure: () => Promise<MetaRow[]>): Promise<MetaRow[]> => {
    signal?.throwIfAborted();
    await progress.step(done, unit);
    const rows = saved.get(unit) ?? await measure();
    if (!saved.has(unit)) await saveRows(path, unit, rows);
    saved.set(unit, rows);
    done++;
    return rows;
  };
  let loading: Promise<MetaNetworks> | undefined;
  /** Asked for by what is not measured yet: a finished experiment loads none. */
  const networks = () => loading ??= metaNetworks(config);
  const trained = async (metaSeed: number, strength?: number) =>
    await metanetworkOf(config, await networks(), metaSeed, { ...strength !== undefined && { strength } });
  const chosen = async (metaSeed: number): Promise<Snapshot> => {
    const { epoch } = saved.get(choiceOf(metaSeed))!.find((row) => row.chosen)!;
    return (await trained(metaSeed)).snapshots.find((snapshot) => snapshot.epoch === epoch)!;
  };

  await progress.start("Meta pruning", unitsOf(outer));
  for (const metaSeed of preset.metaSeeds) {
    yield* await once(`meta-training ${metaSeed}`, async () => {
      const about = {
        part: "meta-training",
        variant: VARIANTS.meta,
        net: -1,
        architecture: subject.name,
      } as const;
      const cost = { asked: 1, reduction: 1, macs: 0, parameters: 0 };
      const { history } = await trained(metaSeed);
      return history.map(({ epoch, loss }) => ({
        ...about,
        metaSeed,
        epoch,
        stage: "loss",
        ...cost,
        value: loss,
      }));
    });
    yield* await once(
      choiceOf(metaSeed),
      async () => (await chooseMetanetwork(config, await networks(), await trained(metaSeed), metaSeed)).rows,
    );
  }
  for (let net = 0; net < preset.heldOut; net++) {
    const about = { part: "held-out", net, architecture: subject.name } as const;
    const model = async () => (await networks()).heldOut[net]!;
    const ways = {
      ...comparison(config, model, about, chosen),
      ...controls(config, model, about, { trained, chosen }),
    };
    for (const [unit, measure] of Object.entries(ways)) {
      yield* await once(`held-out ${net}: ${unit}`, measure);
    }
  }
  for (const [net, other] of subject.others.entries()) {
    const about = { part: "transfer", net, architecture: other.name } as const;
    const model = () => network(config, other, 100 + net);
    for (const [unit, measure] of Object.entries(comparison(config, model, about, chosen))) {
      yield* await once(`transfer ${net}: ${unit}`, measure);
    }
  }
  await progress.step(done);
  await progress.close();
}

/** How many units there are to measure. */
function unitsOf({ preset: { metaSeeds, heldOut }, subject: { others } }: MetaConfig): number {
  const compared = 2 + metaSeeds.length;
  const controls = Object.keys(VARIANTS).length - 3;
  return 2 * metaSeeds.length + heldOut * (compared + controls) + others.length * compared;
}

function choiceOf(metaSeed: number): string {
  return `choice ${metaSeed}`;
}

type About = Pick<MetaRow, "part" | "net" | "architecture">;

/** What is measured on a network, by name. */
type Ways = Record<string, () => Promise<MetaRow[]>>;

/** Without a metanetwork, with and without fine-tuning; and with each of them. */
function comparison(
  config: MetaConfig,
  model: () => Promise<Model>,
  about: About,
  chosen: (metaSeed: number) => Promise<Snapshot>,
): Ways {
  const { none, tuned, meta } = VARIANTS;
  const seeds = config.preset.metaSeeds.map((metaSeed): [string, Ways[string]] => [
    `${meta} ${metaSeed}`,
    async () => {
      const { epoch, metanetwork } = await chosen(metaSeed);
      return await metaRows(config, await model(), metanetwork, { ...about, variant: meta, metaSeed, epoch });
    },
  ]);
  return {
    [none]: async () => await wholeCurve(await model(), config, { ...about, variant: none }),
    [tuned]: async () =>
      await wholeCurve(await finetuned(await model(), config), config, { ...about, variant: tuned }),
    ...Object.fromEntries(seeds),
  };
}

/** What tells how much of a gain is the metanetwork's doing. */
function controls(
  config: MetaConfig,
  model: () => Promise<Model>,
  about: About,
  { trained, chosen }: {
    trained: (metaSeed: number, strength: number) => Promise<MetaTrained>;
    chosen: (metaSeed: number) => Promise<Snapshot>;
  },
): Ways {
  const { preset, subject } = config;
  const { free, untrained, l1: l1Norm, random: atRandom, even, metaEven, sparse, scratch, widths } = VARIANTS;
  const metaSeed = preset.metaSeeds[0]!;
  const meanOf = (criterion: Criterion): ProgressiveOptions => ({ criterion, normalizer: "mean" });
  return {
    [free]: async () => {
      const { metanetwork } = await trained(metaSeed, 0);
      return await metaRows(config, await model(), metanetwork, { ...about, variant: free, metaSeed });
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
      const { epoch, metanetwork } = await chosen(metaSeed);
      const tuned = await finetuned(await changedBy(metanetwork, await model(), config), config);
      return await wholeCurve(tuned, config, { ...about, variant: metaEven, metaSeed, epoch }, {
        normalizer: "rank",
      });
    },
    [sparse]: async () => {
      const { epochs, strength } = preset.sparse;
      const loss = withGroupSparsity(crossEntropy(), await model(), { strength, alpha: preset.meta.alpha });
      const training = { ...trainingOf({ ...preset.finetune, epochs }, config), loss };
      const { model: thinned } = await fit(await model(), subject.train, training);
      return await wholeCurve(await finetuned(thinned, config), config, { ...about, variant: sparse });
    },
    [scratch]: async () => await fromScratch(config, await model(), { ...about, variant: scratch }),
    [widths]: async () => {
      const { epoch, metanetwork } = await chosen(metaSeed);
      const tuned = await finetuned(await changedBy(metanetwork, await model(), config), config);
      return await fromScratch(config, tuned, { ...about, variant: widths, metaSeed, epoch });
    },
  };
}
