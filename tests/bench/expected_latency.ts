import { loadModel } from "../../lib/io/load_model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { spread } from "../../lib/prune/latency/latency.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { OutOfReachError } from "../../lib/prune/plan/out_of_reach.ts";
import { prune } from "../../lib/prune/prune.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { exportedNetworks, startSavedModels } from "./saved_networks.ts";
import { type Bench, digits, type Section } from "./section.ts";

/** Parts of the latency that are asked for. */
const ASKED = [0.75, 0.5];

/** What plans for a latency tell beforehand, beside what the saved files take in Python's ONNX Runtime. */
export const expectedLatency: Bench = async ({ rounds, networks, keep }) => {
  const python = await startSavedModels();
  const runtime = await openNative();
  const folder = await Deno.makeTempDir();
  const section: Section = {
    title: "What a plan tells of the latency, and what comes",
    about: "",
    head: ["network", "asked", "MACs left", "told", "came", "off by", "models measured"],
    rows: [],
  };
  try {
    for await (const { name, model } of exportedNetworks(python, networks)) {
      const original = `${folder}/original.onnx`;
      await saveModel(model, original);
      for (const latency of ASKED) {
        section.rows.push([name, digits(latency, 2), ...await toldAndCame(model, latency)]);
        await keep?.(section);
      }
    }
  } finally {
    python.stop();
    await runtime.close();
    await Deno.remove(folder, { recursive: true });
  }

  /** What the plan tells, and what the file takes. */
  async function toldAndCame(model: Model, latency: number): Promise<string[]> {
    const plan = await planPruning(model, { target: { latency }, measure: { runtime, batch: 1 } }).catch(
      (error) => {
        if (error instanceof OutOfReachError) return error.message.replace(/^.*: |; .*$/g, "");
        throw error;
      },
    );
    if (typeof plan === "string") return ["–", plan, "–", "–", "–"];
    const [original, smaller] = [`${folder}/original.onnx`, `${folder}/smaller.onnx`];
    await saveModel(prune(await loadModel(original), plan), smaller);
    const timed = await python.time([original, smaller], 16 * rounds);
    section.about =
      `Parts of the original's latency, one example a run, round by round: the median and, in brackets, the middle ` +
      `half, as \`plan.latency\` tells them by the engine of this process, and as files take it in Python's ONNX ` +
      `Runtime ${timed.version}, ${
        16 * rounds
      } rounds in turns, each of 40 ms of runs, of which the second half counts.`;
    const { ratio, quartiles, trials, seconds } = plan.latency!;
    const [before, after] = timed.rounds as [number[], number[]];
    const came = spread(after.map((seconds, round) => seconds / before[round]!));
    const inWords = ({ median, quartiles }: typeof came) =>
      `${digits(median, 2)} (${quartiles.map((part) => digits(part, 2)).join(" to ")})`;
    return [
      `${(100 * plan.after.macs / plan.before.macs).toFixed(1)} %`,
      inWords({ median: ratio, quartiles }),
      inWords(came),
      `${(100 * (came.median / ratio - 1)).toFixed(0)} %`,
      `${trials} in ${seconds.toFixed(0)} s`,
    ];
  }

  return section;
};
