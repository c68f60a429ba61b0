import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { startLines } from "./line_process.ts";
import { machinePeak, ofPeak } from "./peak.ts";
import { type Bench, digits, TIME_HEAD, timeCells } from "./section.ts";
import { type Depth, stepSession } from "./step_session.ts";
import { type Contestant, spent, spentOf, takeTurns } from "./turns.ts";

const BATCH = 64;

/** Seconds after which a step in WebAssembly counts as never coming back. */
const TOO_LONG = 30;

/** Training steps of ResNet-20 and ResNet-56 on each engine, beside PyTorch where there is one. */
export const trainingSteps: Bench = async ({ rounds, torch }) => {
  const rows: string[][] = [];
  const peak = await machinePeak();
  for (const depth of [20, 56] as const) {
    const runtime = await openNative();
    const steps = [
      { name: "native", step: await stepSession(runtime, { depth, batch: BATCH }) },
      {
        name: "native, not rewritten",
        step: await stepSession(runtime, { depth, batch: BATCH, plain: true }),
      },
    ];
    const ours = steps.map(({ name, step }): Contestant => ({ name, step: () => spent(step) }));
    const [wasm, torches] = [startWasm(depth), torch ? startTorch(torch, depth) : undefined];
    const all = [...ours, ...torches?.contestants ?? [], wasm];
    const times = await takeTurns(all, rounds);
    const flops = 6 * countMacs(resnetCifar({ depth })).macs * BATCH;
    const contiguous = times.find(({ name }) => name === PYTORCH[0]!.name)?.best;
    for (const time of times) {
      const { name, best } = time;
      const rate = best && flops / best / 1e9;
      const against = digits(best && contiguous && best / contiguous, 2);
      rows.push([
        `ResNet-${depth}`,
        name,
        ...timeCells(time, "s", 3),
        digits(rate, 1),
        ofPeak(rate, peak),
        against,
      ]);
    }
    wasm.stop();
    torches?.stop();
    await runtime.close();
  }
  return {
    title: `Training step, batch ${BATCH}`,
    about:
      `Forward, gradients and plain SGD in one session run, as 6·MACs·batch / time; ${rounds} rounds in turns. ` +
      (torch
        ? "PyTorch 2.13 with as many threads as processors."
        : "Without PyTorch: `pip install torch==2.13.0` in a virtual environment (where pip offers builds for " +
          "GPUs, add `--index-url https://download.pytorch.org/whl/cpu`), then `--torch <its python>`.") +
      ` A dash: not measured, or no answer within ${TOO_LONG} s.`,
    head: [
      "network",
      "engine",
      ...TIME_HEAD("s"),
      "GFLOP/s, best",
      "of the peak",
      "time / PyTorch's contiguous",
    ],
    rows,
  };
};

function startWasm(depth: Depth): Contestant & { stop(): void } {
  const script = new URL("./wasm_step.ts", import.meta.url).href;
  const { ask, stop } = startLines(Deno.execPath(), ["run", ...LOCKED, "-A", script, `${depth}`, `${BATCH}`]);
  return {
    name: "WASM, one thread",
    stop,
    step: async () => spentOf(await ask("step", TOO_LONG)),
  };
}

const PYTORCH = [
  { name: "PyTorch, contiguous", format: "contiguous" },
  { name: "PyTorch, channels last", format: "channels_last" },
];

function startTorch(python: string, depth: Depth): { contestants: Contestant[]; stop(): void } {
  const script = fileURLToPath(new URL("./training_step_torch.py", import.meta.url));
  const threads = navigator.hardwareConcurrency;
  const { ask, stop } = startLines(python, [script, `${depth}`, `${BATCH}`, `${threads}`]);
  return {
    stop,
    contestants: PYTORCH.map(({ name, format }) => ({
      name,
      step: async () => spentOf(await ask(format)),
    })),
  };
}
