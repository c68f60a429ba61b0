import { digestOf, filesDigest } from "../../files/digest.ts";
import { COUNT, requireNumbers } from "../../bounds.ts";
import { requireOptions } from "../../options.ts";
import { float32 } from "../../tensor/tensor.ts";
import type { Batch } from "../../train/batches.ts";
import { seededRandom } from "../../random.ts";
import {
  type ClickLog,
  type Clicks,
  countRows,
  idsTensor,
  offsetsOf,
  type StreamedClicks,
} from "../clicks.ts";
import { openDatabase, parquetRows } from "./database.ts";
import type { LogPart, PreparedLog } from "./prepare_log.ts";

/** Rows that are shuffled at once where a log is streamed. */
const BLOCK = 1 << 17;

/** One part of a prepared log, as a whole in memory. */
export async function readPart(log: PreparedLog, part: LogPart): Promise<Clicks> {
  return await readRows(log, part, 0, log.rows[part]);
}

/** A prepared log in memory. */
export async function readLog(log: PreparedLog): Promise<ClickLog & { train: Clicks }> {
  return {
    train: await readPart(log, "train"),
    validation: await readPart(log, "validation"),
    test: await readPart(log, "test"),
  };
}

/**
 * The rows to train on as a stream: blocks of rows are read in shuffled order and shuffled inside, and one or
 * two are in memory. The same place in the stream is always the same batch.
 */
export async function streamTraining(
  log: PreparedLog,
  options: { block?: number } = {},
): Promise<StreamedClicks> {
  requireOptions("streamTraining", options, { block: true });
  const { block = BLOCK } = options;
  requireNumbers("stream a log", { block }, COUNT);
  const count = log.rows.train;
  const blocks = Math.ceil(count / block);
  const rowsOf = (index: number) => Math.min(block, count - index * block);
  let held: { key: string; clicks: Promise<Clicks>; order: Uint32Array } | undefined;
  return {
    fields: log.fields,
    vocabularies: log.vocabularies,
    count,
    counts: await countTraining(log),
    batches({ batchSize, seed }) {
      const steps = (index: number) => Math.ceil(rowsOf(index) / batchSize);
      const all = Array.from({ length: blocks }, (_, i) => steps(i)).reduce((a, b) => a + b);
      return {
        stepsPerEpoch: all,
        digest: async () =>
          digestOf([await filesDigest([`${log.folder}/train.parquet`]), `${batchSize} ${seed} ${block}`]),
        async batch(epoch, step): Promise<Batch> {
          const sequence = seededRandom(seed, "blocks", epoch).permutation(blocks);
          let place = 0, before = 0;
          while (step - before >= steps(sequence[place]!)) before += steps(sequence[place++]!);
          const index = sequence[place]!;
          const key = `${seed} ${epoch} ${index}`;
          if (held?.key !== key) {
            const order = seededRandom(seed, "rows", epoch, index).permutation(rowsOf(index));
            held = { key, clicks: readRows(log, "train", index * block, rowsOf(index)), order };
          }
          const own = held; // another batch may be asked for while this one is read
          const { ids, labels } = await own.clicks.catch((error) => {
            if (held === own) held = undefined;
            throw error;
          });
          const rows = own.order.subarray((step - before) * batchSize, (step - before + 1) * batchSize);
          return take(log, { ids, labels, fields: log.fields }, rows);
        },
      };
    },
  };
}

function take({ fields }: PreparedLog, { ids, labels }: Clicks, rows: Uint32Array): Batch {
  const width = fields.length;
  const taken = new Int32Array(rows.length * width), clicks = new Float32Array(rows.length);
  rows.forEach((row, i) => {
    taken.set(ids.subarray(row * width, (row + 1) * width), i * width);
    clicks[i] = labels[row]!;
  });
  return { inputs: { ids: idsTensor(fields, taken) }, targets: { expected: float32(clicks) } };
}

async function readRows(
  { folder, fields, vocabularies }: PreparedLog,
  part: LogPart,
  from: number,
  count: number,
): Promise<Clicks> {
  const width = fields.length;
  const ids = new Int32Array(count * width), labels = new Uint8Array(count);
  const database = await openDatabase({ folder, memory: 1 });
  const columns = ["row", "label", ...fields.map((_, f) => `f${f}`)].join(", ");
  try {
    await database.stream(
      `SELECT ${columns} FROM ${parquetRows(`${folder}/${part}.parquet`)} WHERE row >= ${from} AND ` +
        `row < ${from + count}`,
      ([rows, clicked, ...values], length) => {
        for (let i = 0; i < length; i++) {
          const row = Number(rows![i]!) - from;
          labels[row] = Number(clicked![i]!);
          for (let f = 0; f < width; f++) ids[row * width + f] = values[f]![i]!;
        }
      },
    );
  } finally {
    database.close();
  }
  return { fields, ids, labels, vocabularies };
}

/** How often each row of the table is looked up by the rows to train on. */
async function countTraining({ folder, fields }: PreparedLog): Promise<Uint32Array> {
  const counts = new Uint32Array(countRows(fields));
  const offsets = offsetsOf(fields);
  const database = await openDatabase({ folder, memory: 1 });
  try {
    for (const f of fields.keys()) {
      for (
        const [id, rows] of await database.rows(
          `SELECT f${f}, count(*) FROM ${parquetRows(`${folder}/train.parquet`)} GROUP BY 1`,
        )
      ) {
        counts[offsets[f]! + (id as number)] = rows as number;
      }
    }
  } finally {
    database.close();
  }
  return counts;
}
