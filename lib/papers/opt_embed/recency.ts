import { type Clicks, offsetsOf } from "../../ctr/clicks.ts";
import { keptRows, trainSupernet } from "../../ctr/methods/opt_embed.ts";
import type { SyntheticLog } from "../../ctr/synthetic_log.ts";
import type { Workplace } from "../../ctr/train_ctr.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import { optEmbedOptions } from "./methods.ts";
import { type BaseSpec, taskOf } from "./run.ts";

/** A supernet that is trained on while some of its rows are not looked up any more. */
export interface RecencySpec extends BaseSpec {
  /** Whether L2 goes on. */
  decays: boolean;
  /** Passes over the rows that are left. */
  epochs: number;
  /** Seed of the log and of the weights. */
  seed: number;
}

/** How many rows are still there after so many steps. */
export interface RecencyRow {
  /** Whether L2 went on. */
  decays: boolean;
  /** Seed of the log and of the weights. */
  seed: number;
  /** Steps since the withheld rows were looked up last. */
  step: number;
  /** Share of the withheld rows that is still kept: live, and kept before. */
  withheld: number;
  /** Share of the other rows like them that is still kept. */
  seen: number;
}

/** The field whose rows are withheld. */
const FIELD = 0;

/**
 * Goes on training a supernet with half of the live rows of one field withheld: rows of the log that have
 * them are left out. Their importance is what it was; only that they are not seen any more has changed.
 */
export async function runRecency(
  spec: RecencySpec,
  { log, supernet }: { log: SyntheticLog; supernet: Model },
  place: Workplace,
): Promise<RecencyRow[]> {
  const { seed, decays, epochs } = spec;
  const { fields } = log.train;
  const options = optEmbedOptions(spec);
  const before = keptRows(supernet, fields, options);
  const offset = offsetsOf(fields)[FIELD]!;
  const live = Array.from({ length: fields[FIELD]!.size }, (_, id) => id)
    .filter((id) => log.truth[offset + id] === "live" && before[offset + id] === 1);
  const order = seededRandom(seed, "withheld").permutation(live.length);
  const half = live.length >> 1;
  const withheld = new Set([...order.subarray(0, half)].map((i) => live[i]!));
  const seen = live.filter((id) => !withheld.has(id));
  const rows: RecencyRow[] = [];
  const look = (model: Model, step: number) => {
    const kept = keptRows(model, fields, options);
    const share = (ids: readonly number[]) =>
      ids.filter((id) => kept[offset + id]).length / Math.max(1, ids.length);
    rows.push({ decays, seed, step, withheld: share([...withheld]), seen: share(seen) });
  };
  look(supernet, 0);
  const without = { ...log, train: leaveOut(log.train, withheld) };
  const weightDecay = decays ? spec.supernet.weightDecay : 0;
  // Epochs that a stopped run has looked at would not come again in one that goes on.
  const anew = { ...place, folder: undefined };
  await trainSupernet(taskOf(spec, without, anew), {
    ...options,
    supernet: { weightDecay, epochs, patience: epochs },
  }, { from: supernet, watch: look });
  return rows;
}

function leaveOut({ fields, ids, labels }: Clicks, withheld: ReadonlySet<number>): Clicks {
  const width = fields.length;
  const rows = Array.from(labels, (_, row) => row).filter((row) => !withheld.has(ids[row * width + FIELD]!));
  const left = new Int32Array(rows.length * width);
  rows.forEach((row, i) => left.set(ids.subarray(row * width, (row + 1) * width), i * width));
  return { fields, ids: left, labels: Uint8Array.from(rows, (row) => labels[row]!) };
}
