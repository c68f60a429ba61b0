import { findings } from "./findings.ts";
import type { MetaRow } from "./meta_row.ts";
import { nestedProgress } from "./nested_progress.ts";
import { type MetaConfig, network } from "./networks.ts";
import { controls, heldOutOf, plain, singleWeights, type Ways, withMetanetworks } from "./ways.ts";

/**
 * The whole experiment, row by row: metanetworks from several seeds are trained and chosen, then tried on networks they have
 * not seen, beside the controls that say what the gain is worth; then on other architectures and other data. Rows are kept in
 * a file: what is there already is not computed again.
 */
export async function* run(outer: MetaConfig): AsyncGenerator<MetaRow> {
  const { signal, progress } = outer;
  let done = 0;
  const units = await unitsOf({ ...outer, progress: nestedProgress(progress, () => done) });
  await progress.start("Meta pruning", units.length);
  for (const [unit, rows] of units) {
    signal?.throwIfAborted();
    await progress.step(done, unit);
    yield* await rows();
    done++;
  }
  await progress.step(done);
  await progress.close();
}

type Unit = [name: string, rows: () => Promise<MetaRow[]>];

/** All there is to measure, in order. */
async function unitsOf(config: MetaConfig): Promise<Unit[]> {
  const { preset: { metaSeeds, heldOut, cuts = [] }, subject } = config;
  const own = await findings(config);
  const units: Unit[] = metaSeeds.flatMap((metaSeed): Unit[] => [
    [`meta-training ${metaSeed}`, () => own.losses(metaSeed)],
    [`choice ${metaSeed}`, () => own.choice(metaSeed)],
  ]);
  const add = (title: string, ways: Ways) => {
    for (const [way, measure] of Object.entries(ways)) {
      const unit = `${title}: ${way}`;
      units.push([unit, () => own.rows(unit, measure)]);
    }
  };
  const nets = Array.from({ length: heldOut }, (_, net) => net);
  for (const net of nets) {
    const judged = heldOutOf(own, "held-out", net);
    add(`held-out ${net}`, { ...plain(judged), ...withMetanetworks(judged, own), ...controls(judged, own) });
  }
  for (const net of cuts.length > 0 ? nets : []) {
    add(`weights ${net}`, singleWeights(heldOutOf(own, "weights", net), own));
  }
  const others = [...subject.others.entries()];
  for (const [net, other] of others.filter(([, { data }]) => !data)) {
    const about = { part: "transfer", net, architecture: other.name, data: subject.data } as const;
    const judged = { config, model: () => network(config, other, 100 + net), about };
    add(`transfer ${net}`, { ...plain(judged), ...withMetanetworks(judged, own) });
  }
  const all = [own];
  for (const [, other] of others.filter(([, { data }]) => data)) {
    all.push(await findings({ ...config, subject: { ...subject, ...other, others: [] } }));
  }
  for (const there of all.length > 1 ? all : []) {
    for (const net of nets) {
      const judged = heldOutOf(there, "data", net);
      const name = `${there.config.subject.data} ${net}`;
      // Networks of the subject's own data are measured above.
      if (there !== own) add(name, plain(judged));
      for (const from of all.filter((from) => from !== own || there !== own)) {
        add(
          `${name}, from ${from.config.subject.data}`,
          withMetanetworks(judged, from, metaSeeds.slice(0, 1)),
        );
      }
    }
  }
  return units;
}
