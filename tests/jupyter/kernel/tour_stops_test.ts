import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { joined, readNotebook } from "../../../kernels/jupyter/runner/notebook.ts";
import { seededRandom } from "../../../lib/random.ts";
import { dataFile } from "../../data.ts";
import { type Driver, pause, type SeenCell, startDriver } from "./driver.ts";

const NOTEBOOKS = fileURLToPath(new URL("../../../notebooks", import.meta.url));

/** Stops that must meet a running cell; `ESPALIER_INTERRUPTS=500` is the long form. */
const STOPS = Number(Deno.env.get("ESPALIER_INTERRUPTS") ?? 20);
/** Whether the tour is the notebook as it stands, which takes half an hour: `ESPALIER_TOUR=whole`. */
const WHOLE = Deno.env.get("ESPALIER_TOUR") === "whole";
/** The whole tour, but smaller in each direction: everything that it computes is computed here. */
const SMALL = `{ ...tour.PRESETS.quick, targets: [0.5], images: 32, sensitivityImages: 4, ratios: [0.5],
  latencyRuns: 1, repeats: [1] }`;

interface TourCell {
  id: string;
  code: string;
}

async function tourCells(): Promise<TourCell[]> {
  const { cells } = await readNotebook(`${NOTEBOOKS}/00_tour.ipynb`);
  return cells.filter(({ cell_type }) => cell_type === "code").map(({ id, source }) => {
    return {
      id: String(id),
      code: WHOLE ? joined(source) : joined(source).replace(/presetNamed<.*?>\(.*?\)/, SMALL),
    };
  });
}

/** What a cell shows, without what differs from run to run: the bar that counts, warnings, and ids. */
function shown({ outputs }: SeenCell): string {
  const printed = outputs.filter(({ type, content }) => type === "stream" && content.name === "stdout")
    .map(({ content }) => content.text).join("");
  const drawn = outputs.filter(({ type }) => type !== "update_display_data" && type !== "stream")
    .map(({ type, content }) => [type, content.data ?? content.evalue]);
  return JSON.stringify([printed, drawn]).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}/g, "id");
}

// Without its data the tour trains a network first.
const ignore = !dataFile("resnet/resnet56-4bfd9763.th") || !dataFile("cifar10");

Deno.test(
  `the tour, stopped ${STOPS} times at random moments, ends as an undisturbed one`,
  { ignore },
  async () => {
    const cache = await Deno.makeTempDir({ prefix: "espalier-tour-" });
    const random = seededRandom(STOPS);
    try {
      await using driver = await startDriver({
        folder: NOTEBOOKS,
        limit: 600,
        env: { XDG_CACHE_HOME: cache, ESPALIER_RESULTS: `${cache}/results`, DENO_DIR: await denoFolder() },
      });
      const pid = await driver.run("Deno.pid");
      const cells = await tourCells();
      let stops = 0;
      /** Runs a cell, stopped after so many ms for as long as that is a number, until it was not stopped. */
      const through = async ({ id, code }: TourCell, wait: () => number | undefined) => {
        while (true) {
          const [seen, stopped] = await runAndStop(driver, code, wait());
          assert.deepEqual(seen.late, [], id);
          if (seen.reply.status === "ok") return seen;
          assert.ok(stopped, `cell ${id} failed unasked: ${JSON.stringify(seen.reply)}`);
          assert.equal(seen.reply.ename, "Interrupted", `cell ${id}: ${JSON.stringify(seen.reply)}`);
          const errors = seen.outputs.filter(({ type }) => type === "error");
          assert.equal(errors.length, 1, id);
          stops++;
          if (WHOLE) console.error(`${new Date().toISOString()}: stop ${stops} of ${STOPS}, in cell ${id}`);
        }
      };
      // First while results are computed, then while they are read: what was computed before a stop is kept.
      const most = STOPS / 4;
      for (const cell of cells) {
        await through(cell, () => stops < most ? random.uniform(100, 2000) : undefined);
      }
      const undisturbed = new Map<string, { text: string; ms: number }>();
      for (const cell of cells) {
        const begun = performance.now();
        const text = shown(await through(cell, () => undefined));
        undisturbed.set(cell.id, { text, ms: performance.now() - begun });
      }
      while (stops < STOPS) {
        for (const cell of cells) {
          const { text, ms } = undisturbed.get(cell.id)!;
          const seen = await through(
            cell,
            () => stops < STOPS && random.uniform() < 0.7 ? random.uniform(0, 1.2 * ms) : undefined,
          );
          assert.equal(shown(seen), text, `cell ${cell.id} shows what it shows without a stop`);
        }
      }
      assert.equal((await driver.run("Deno.pid")).value, pid.value, "it is the same process");
    } finally {
      await Deno.remove(cache, { recursive: true });
    }
  },
);

/** Runs a cell and stops it after so many ms, if it runs for so long; whether it was told to stop. */
async function runAndStop(
  driver: Driver,
  code: string,
  after: number | undefined,
): Promise<[SeenCell, boolean]> {
  const running = driver.run(code);
  if (after === undefined) return [await running, false];
  const isOver = await Promise.race([running.then(() => true), pause(after).then(() => false)]);
  if (!isOver) await driver.ask("control", "interrupt_request");
  return [await running, !isOver];
}

/** Where Deno keeps its packages: another cache folder would make it fetch them anew. */
async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
