import { accuracy, changedBy, curve, finetuned } from "./measurements.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import type { MetaTrained } from "../../metanet/meta_train.ts";
import type { Metanetwork } from "../../metanet/metanetwork_parameters.ts";
import { nestedProgress } from "./nested_progress.ts";
import type { MetaConfig, MetaNetworks } from "./networks.ts";

/** Which of the metanetworks kept on the way prunes best, by validation data. */
export interface Choice {
  epoch: number;
  metanetwork: Metanetwork;
  /** One for each that was tried. */
  rows: MetaRow[];
}

/**
 * Tries every metanetwork that was kept, on a network and data kept apart: highest mean accuracy over the reductions without
 * training, among those that cost the unpruned network no more than the tolerance; where none is, the one that costs least.
 */
export async function chooseMetanetwork(
  outer: MetaConfig,
  { validation }: MetaNetworks,
  { snapshots }: MetaTrained,
  metaSeed: number,
): Promise<Choice> {
  const { subject, preset, progress } = outer;
  const tried: { epoch: number; metanetwork: Metanetwork; rows: MetaRow[]; area: number; loss: number }[] =
    [];
  const config = { ...outer, progress: nestedProgress(progress, () => tried.length) };
  await progress.start("Choosing a metanetwork", snapshots.length);
  const reference = await accuracy(await finetuned(validation, config), subject.validation, config);
  for (const { epoch, metanetwork } of snapshots) {
    const model = await finetuned(await changedBy(metanetwork, validation, config), config);
    const rows = await curve(model, subject.validation, config, {
      part: "choice",
      variant: VARIANTS.meta,
      net: preset.dataModels,
      architecture: subject.name,
      data: subject.data,
      metaSeed,
      epoch,
      metaData: subject.data,
    });
    const area = rows.reduce((sum, { value }) => sum + value, 0) / rows.length;
    tried.push({ epoch, metanetwork, rows, area, loss: reference - rows[0]!.value });
  }
  await progress.step(snapshots.length);
  await progress.close();
  const allowed = tried.filter(({ loss }) => loss <= preset.tolerance);
  const best = allowed.length > 0
    ? allowed.reduce((a, b) => b.area > a.area ? b : a)
    : tried.reduce((a, b) => b.loss < a.loss ? b : a);
  return {
    epoch: best.epoch,
    metanetwork: best.metanetwork,
    rows: tried.flatMap(({ rows, epoch }) => rows.map((row) => ({ ...row, chosen: epoch === best.epoch }))),
  };
}
