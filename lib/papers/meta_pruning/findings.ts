import { chooseMetanetwork } from "./choose_metanetwork.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import type { MetaTrained, Snapshot } from "../../metanet/meta_train.ts";
import { folderOf, type MetaConfig, metanetworkOf, type MetaNetworks, metaNetworks } from "./networks.ts";
import { loadRows, saveRows } from "./saved_rows.ts";
import { forgetTrainings } from "./train_by.ts";

/**
 * What is known of a subject so far: its networks, its metanetworks, and rows of what was measured. All of it is made when it
 * is asked for, and kept in the experiment's folder; what is there already is not computed again.
 */
export interface Findings {
  config: MetaConfig;
  /** A unit's rows: from the file, or measured and saved. */
  rows(unit: string, measure: () => Promise<MetaRow[]>): Promise<MetaRow[]>;
  networks(): Promise<MetaNetworks>;
  trained(metaSeed: number, strength?: number): Promise<MetaTrained>;
  /** Losses of meta-training, and what each metanetwork that was kept gives. */
  losses(metaSeed: number): Promise<MetaRow[]>;
  choice(metaSeed: number): Promise<MetaRow[]>;
  /** The metanetwork that was chosen. */
  chosen(metaSeed: number): Promise<Snapshot>;
}

/** Opens what is known of a subject. */
export async function findings(config: MetaConfig): Promise<Findings> {
  const { subject, preset } = config;
  const path = `${await folderOf(config)}/rows.jsonl`;
  const saved = await loadRows<MetaRow>(path);
  const rows: Findings["rows"] = async (unit, measure) => {
    if (!saved.has(unit)) {
      const measured = await measure();
      await saveRows(path, unit, measured);
      await forgetTrainings(config);
      saved.set(unit, measured);
    }
    return saved.get(unit)!;
  };
  let loading: Promise<MetaNetworks> | undefined;
  const networks = () => loading ??= metaNetworks(config);
  const known = new Map<string, Promise<MetaTrained>>();
  const trained = (metaSeed: number, strength = preset.meta.strength) => {
    const key = `${metaSeed} ${strength}`;
    const found = known.get(key) ??
      networks().then((own) => metanetworkOf(config, own, metaSeed, { strength }));
    known.set(key, found);
    return found;
  };
  const choice = (metaSeed: number) =>
    rows(
      `choice ${metaSeed}`,
      async () => (await chooseMetanetwork(config, await networks(), await trained(metaSeed), metaSeed)).rows,
    );
  return {
    config,
    rows,
    networks,
    trained,
    losses: (metaSeed) =>
      rows(
        `meta-training ${metaSeed}`,
        async () =>
          (await trained(metaSeed)).history.map(({ epoch, loss }) => ({
            part: "meta-training",
            variant: VARIANTS.meta,
            net: -1,
            architecture: subject.name,
            data: subject.data,
            metaSeed,
            epoch,
            metaData: subject.data,
            stage: "loss",
            asked: 1,
            reduction: 1,
            macs: 0,
            parameters: 0,
            value: loss,
          })),
      ),
    choice,
    async chosen(metaSeed) {
      const { epoch } = (await choice(metaSeed)).find((row) => row.chosen)!;
      return (await trained(metaSeed)).snapshots.find((snapshot) => snapshot.epoch === epoch)!;
    },
  };
}
