import { fileURLToPath } from "node:url";
import { newRowState, rowAdam } from "../../lib/ctr/row_adam.ts";
import { rowStep } from "../../lib/ctr/row_step.ts";
import { fm } from "../../lib/ctr/interactions/fm.ts";
import { seededRandom } from "../../lib/random.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";
import { startLines } from "./line_process.ts";
import { type Bench, digits, type Section, TIME_HEAD, timeCells } from "./section.ts";
import { type Contestant, spent, spentOf, takeTurns } from "./turns.ts";

const FIELDS = 26, FEATURES = 16, BATCH = 2048, ZIPF = 1.1;

/** DCN on Criteo has these, and most of its rivals there. */
const RATE = 3e-4, L2 = 1e-5;

/** Steps of a turn, and those before the first one, in which rows spread over the steps they were seen in. */
const STEPS = 5, WARM = 300;

/** Ways to take a step, ours first; those of one line take turns. */
const RIVALS = [
  ["Adam on rows, no replay", "PyTorch, SparseAdam"],
  ["gradient descent on rows", "PyTorch, SGD, sparse gradients"],
  ["Adam on rows, replayed", "PyTorch, Adam", "PyTorch, Adam, fused"],
] as const;

/** Millions of rows from which on this one is left out: it takes twice the memory of the fused one, which is faster. */
const TOO_LARGE = 10, LARGE = "PyTorch, Adam";

const OURS = {
  "Adam on rows, no replay": { optimizer: "adam", rows: { replay: false } },
  "gradient descent on rows": { optimizer: "sgd" },
  "Adam on rows, replayed": { optimizer: "adam" },
} as const;

/** Steps of a factorisation machine whose tables are large, beside PyTorch's. */
export const ctrSteps: Bench = async ({ rounds, torch, networks: sizes = ["0.2", "2.2", "20"], keep }) => {
  const rows: string[][] = [];
  const shares: string[] = [];
  const section: Section = {
    title: "Tables of a click log: one step",
    about:
      `A factorisation machine with vectors of ${FEATURES} over ${FIELDS} fields of equal size, ids by ` +
      `Zipf's law with exponent ${ZIPF}, batch ${BATCH}; forward, backward and update, per step, ${STEPS} steps a ` +
      `turn, ${rounds} rounds; rate ${RATE}, L2 ${L2} where there is any. Ours have seen ${WARM} steps before, so ` +
      `that rows that are replayed owe what they would, and most memory was written to before. PyTorch 2.13 with ` +
      `as many threads as processors, the same ids; its plain Adam not where the table has ${TOO_LARGE} million ` +
      `rows or more.`,
    head: ["rows of the table", "update", ...TIME_HEAD("ms"), "time / PyTorch's", "time / SparseAdam"],
    rows,
  };
  for (const size of sizes) {
    const perField = Math.round(Number(size) * 1e6 / FIELDS);
    const ids = await drawIds(perField, WARM + STEPS * (rounds + 1));
    shares.push(`${size} million: ${shareWithin(ids.ids, perField)}`);
    section.below = [
      `Rows that a step looks up and that were seen within the time in which a row collapses (${collapseTime()} ` +
      "steps at these settings), each once a step, of those that were seen at all; these owe a small step for each " +
      `step since, whenever it is paid. ${shares.join("; ")}.`,
    ];
    let rival: number | undefined;
    for (const [ours, ...theirs] of RIVALS) {
      const own = await startOwn(ours, perField, ids);
      const asked = torch ? theirs.filter((name) => name !== LARGE || Number(size) < TOO_LARGE) : [];
      const others = asked.map((name) => startTorch(torch!, name, perField, ids.path));
      const times = await takeTurns([own, ...others], rounds);
      await own.stop();
      for (const other of others) other.stop();
      rival ??= times[1]?.median;
      for (const [i, time] of times.entries()) {
        const ratio = (to: number | undefined) => i === 0 && to ? digits(time.median! / to, 2) : "";
        const sparse = ours === "Adam on rows, replayed" ? ratio(rival) : "";
        rows.push([
          `${size} million`,
          time.name,
          ...timeCells(time, "ms", 1),
          ratio(times[1]?.median),
          sparse,
        ]);
        await keep?.(section);
      }
    }
    await Deno.remove(ids.path);
  }
  return section;
};

/** Ids of batches, the same for all contestants, in a file as well: int32 [steps, batch, fields]. */
async function drawIds(perField: number, steps: number): Promise<{ ids: Int32Array; path: string }> {
  const below = new Float64Array(perField);
  for (let i = 0, sum = 0; i < perField; i++) below[i] = sum += (i + 1) ** -ZIPF;
  const random = seededRandom(0, "ids", perField);
  const ids = new Int32Array(steps * BATCH * FIELDS);
  for (let i = 0; i < ids.length; i++) {
    const u = random.uniform() * below.at(-1)!;
    let [low, high] = [0, perField - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (below[middle]! < u) low = middle + 1;
      else high = middle;
    }
    ids[i] = low;
  }
  const path = await Deno.makeTempFile({ suffix: ".ids" });
  await Deno.writeFile(path, new Uint8Array(ids.buffer));
  return { ids, path };
}

/** Half of all rows click. */
const labels = (): Float32Array => Float32Array.from({ length: BATCH }, (_, i) => i % 2);

async function startOwn(
  name: keyof typeof OURS,
  perField: number,
  { ids }: { ids: Int32Array },
): Promise<Contestant & { stop(): Promise<void> }> {
  const runtime = await openNative();
  const fields = Array.from({ length: FIELDS }, (_, f) => ({ name: `${f}`, size: perField }));
  const made = await rowStep(fm(), {
    ...{ fields, features: FEATURES, weightDecay: L2, firstOrder: "zeros", runtime },
    ...OURS[name],
  });
  const expected = float32(labels());
  let index = 0;
  const steps = async (count: number) => {
    for (let i = 0; i < count; i++, index++) {
      const part = ids.subarray(index * BATCH * FIELDS, (index + 1) * BATCH * FIELDS);
      const batch = { inputs: { ids: new Tensor("int32", part, [BATCH, FIELDS]) }, targets: { expected } };
      await made.step(batch, index, RATE);
    }
  };
  await steps(WARM);
  return {
    name,
    step: async () => perStep(await spent(() => steps(STEPS))),
    async stop() {
      await made.release();
      await runtime.close();
    },
  };
}

const perStep = ({ seconds, processor }: { seconds: number; processor: number | undefined }) => ({
  seconds: seconds / STEPS,
  processor: processor && processor / STEPS,
});

function startTorch(
  python: string,
  name: string,
  perField: number,
  path: string,
): Contestant & { stop(): void } {
  const script = fileURLToPath(new URL("./ctr_torch.py", import.meta.url));
  const threads = navigator.hardwareConcurrency;
  const settings = [name, path, perField, FIELDS, FEATURES, BATCH, RATE, L2, WARM, threads].map(String);
  const { ask, stop } = startLines(python, [script, ...settings]);
  return {
    name,
    stop,
    async step() {
      const found = spentOf(await ask(`${STEPS}`, 600));
      return found && perStep(found);
    },
  };
}

/** Steps after which a row that is seen once, with a gradient of the usual size, is zero. */
function collapseTime(): number {
  const values = Float32Array.of(1e-3);
  const rows = rowAdam(newRowState(values, 1), { features: 1, weightDecay: L2 });
  rows.update([0], [1e-6], RATE);
  let step = 0;
  for (; step < 1e5 && values[0] !== 0; step++) {
    rows.update([], [], RATE);
    if (step % 10 === 0) rows.settle([0]);
  }
  return step;
}

/** Of the rows that the last steps look up and that were seen before, how many were within that time. */
function shareWithin(ids: Int32Array, perField: number): string {
  const last = new Int32Array(perField * FIELDS).fill(-1);
  const most = collapseTime(), size = BATCH * FIELDS;
  let [near, known, total] = [0, 0, 0];
  for (let step = 0; step < ids.length / size; step++) {
    for (let i = step * size; i < (step + 1) * size; i++) {
      const row = ids[i]! + (i % FIELDS) * perField;
      if (last[row] === step) continue;
      if (step >= WARM) {
        total++;
        if (last[row]! >= 0) known++;
        if (last[row]! >= 0 && step - last[row]! <= most) near++;
      }
      last[row] = step;
    }
  }
  return `${(100 * near / known).toFixed(0)} % (${(100 * known / total).toFixed(0)} % were seen before)`;
}
