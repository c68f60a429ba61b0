import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { encoder, type EncoderWork } from "./encoder_step.ts";
import { type MeasuredProcess, startMeasured } from "./measured_process.ts";
import { machinePeak, ofPeak } from "./peak.ts";
import { type Bench, digits, TIME_HEAD, timeCells } from "./section.ts";
import { takeTurns } from "./turns.ts";

const [BATCH, LENGTH] = [8, 128];

/** Seconds for the first answer, in which a graph is built and rewritten, or Python imports. */
const TOO_LONG = 300;

/** What is compared, what PyTorch does beside it, and how many times its multiply-adds are done. */
const WORKS: readonly { work: EncoderWork; name: string; against: "forward" | "step"; times: 1 | 3 }[] = [
  { work: "forward", name: "forward", against: "forward", times: 1 },
  { work: "halved", name: "forward, half of heads and groups removed", against: "forward", times: 1 },
  { work: "step", name: "fine-tuning step", against: "step", times: 3 },
];

/** An encoder of MiniLM's size: forward, with half of it removed, and a step of fine-tuning, beside PyTorch's. */
export const transformer: Bench = async ({ rounds, torch }) => {
  const peak = await machinePeak();
  const ours = WORKS.map(({ work }) =>
    start("native", Deno.execPath(), [
      "run",
      ...LOCKED,
      "-A",
      new URL("./encoder_step.ts", import.meta.url).href,
      work,
    ])
  );
  const script = fileURLToPath(new URL("./encoder_step_torch.py", import.meta.url));
  const theirs = torch
    ? {
      forward: start("PyTorch", torch, [script, "forward"]),
      step: start("PyTorch", torch, [script, "step"]),
    }
    : undefined;
  const all = [...ours, ...theirs ? [theirs.forward, theirs.step] : []];
  const times = new Map((await takeTurns(all, rounds)).map((time, i) => [all[i]!, time]));
  all.forEach(({ stop }) => stop());
  const macs = [false, true].map((halved) =>
    countMacs(encoder({ halved, dropout: 0 }), {
      inputShapes: Object.fromEntries(
        ["input_ids", "attention_mask", "token_type_ids"].map((name) => [name, [BATCH, LENGTH]]),
      ),
    }).macs
  );
  const rows = WORKS.flatMap(({ work, name, against, times: passes }, i) => {
    const reference = theirs?.[against];
    const line = (one: MeasuredProcess) => {
      const time = times.get(one)!;
      const rate = time.best && 2 * passes * macs[Number(work === "halved")]! / time.best / 1e9;
      const [best, memory] = [reference && times.get(reference)!.best, reference?.memory()];
      return [
        name,
        one.name,
        ...timeCells(time, "ms", 1),
        digits(rate, 1),
        ofPeak(rate, peak),
        digits(time.best && best && time.best / best, 2),
        digits(one.memory().whole, 0),
        digits(memory && one.memory().whole / memory.whole, 2),
        digits(one.memory().own, 0),
      ];
    };
    return [line(ours[i]!), ...reference && work !== "halved" ? [line(reference)] : []];
  });
  const [whole, half] = ours.map((one) => times.get(one)!.best);
  return {
    title: `Transformer, batch ${BATCH} of ${LENGTH} tokens`,
    about:
      "An encoder as all-MiniLM-L6-v2, six layers of 384, random weights; the step is forward, gradients with " +
      `dropout, clipping and AdamW. ${rounds} rounds in turns, each contestant a process of its own. ` +
      (torch
        ? "PyTorch 2.13 with the encoder of transformers and as many threads as processors. "
        : "Without PyTorch: name a Python that has torch and transformers by `--torch`. ") +
      "Memory: the peak of the whole process, and beyond what it had before the encoder was built.",
    head: [
      "work",
      "engine",
      ...TIME_HEAD("ms"),
      "GFLOP/s, best",
      "of the peak",
      "time / PyTorch's",
      "MiB",
      "memory / PyTorch's",
      "for the encoder",
    ],
    rows,
    below: [
      `With half of heads and groups removed, the encoder is ${
        digits(whole && half && whole / half, 2)
      } times as fast.`,
    ],
  };
};

function start(name: string, command: string, args: readonly string[]): MeasuredProcess {
  const threads = `${navigator.hardwareConcurrency}`;
  return startMeasured(name, command, [...args, `${BATCH}`, `${LENGTH}`, threads], TOO_LONG);
}
