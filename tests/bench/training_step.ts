import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { type MeasuredProcess, startMeasured } from "./measured_process.ts";
import { machinePeak, ofPeak, type Peak } from "./peak.ts";
import { type Bench, digits, TIME_HEAD, timeCells } from "./section.ts";
import { takeTurns, type Times } from "./turns.ts";

/** Seconds after which a first step, or one in WebAssembly, counts as never coming back: PyTorch compiles in it. */
const TOO_LONG = 180;

/** Networks of `training_networks.py`, in its sizes. */
const NETWORKS = [
  "ResNet-20",
  "ResNet-56",
  "VGG-11",
  "MobileNetV2",
  "U-Net",
  "EDSR",
  "ViT",
  "MLP-Mixer",
  "BERT",
  "MLP, AdamW",
];

/** Ours and PyTorch's ways to take the same step. */
const OURS = [["native", "native"], ["native, not rewritten", "plain"], [
  "WASM, one thread",
  "wasm",
]] as const;
const TORCH = [
  ["PyTorch, contiguous", "contiguous"],
  ["PyTorch, channels last", "channels_last"],
  ["PyTorch, compiled", "compiled"],
] as const;

/** Networks that hold no pictures, whose memory has but one format. */
const WITHOUT_FORMAT = /ViT|Mixer|BERT|MLP/;

const script = fileURLToPath(new URL("./training_step_torch.py", import.meta.url));

/** Training steps of networks that PyTorch exports, beside PyTorch's own from the same weights. */
export const trainingSteps: Bench = async ({ rounds, torch, networks = NETWORKS }) => {
  if (torch === undefined) {
    throw new Error("Cannot measure training without PyTorch, which exports the networks");
  }
  const peak = await machinePeak();
  const rows: string[][] = [];
  for (const network of networks) rows.push(...await measure(network, torch, rounds, peak));
  return {
    title: "Training step",
    about:
      "Forward, gradients and plain SGD (AdamW where it says so) of networks as PyTorch exports them, from the same " +
      "weights on the same random data: pictures of 32 × 32 in batches of 64; U-Net of 24 channels, 64 × 64, batch 8; " +
      "EDSR of 8 blocks of 32 channels, patches of 48, batch 16; ViT of 6 layers of 192; MLP-Mixer of 8 layers of 128; " +
      "BERT of 4 layers of 256, 32 texts of 64 tokens; MLP 784-1024-1024-10. Rates are 6·MACs / time. " +
      `${rounds} rounds in turns, each contestant a process of its own, PyTorch ${"2.13"} with as many threads as ` +
      "processors. Memory is the peak beyond what the process had before the network was there. The last column is the " +
      "largest relative difference of a loss from PyTorch's (contiguous), over all steps. " +
      `A dash: not measured, or no answer within ${TOO_LONG} s.`,
    head: [
      "network",
      "engine",
      ...TIME_HEAD("ms"),
      "GFLOP/s, best",
      "of the peak",
      "time / fastest PyTorch",
      "MiB",
      "memory / PyTorch's",
      "loss differs by",
    ],
    rows,
  };
};

async function measure(network: string, torch: string, rounds: number, peak: Peak): Promise<string[][]> {
  const folder = await Deno.makeTempDir();
  try {
    await exportNetwork(network, torch, folder);
    const { macs } = countMacs(await loadModel(`${folder}/network.onnx`));
    const formats = TORCH.filter(([, format]) => format !== "channels_last" || !WITHOUT_FORMAT.test(network));
    const ours = OURS.map(([name, engine]) => startOwn(name, folder, engine));
    const threads = `${navigator.hardwareConcurrency}`;
    const theirs = formats.map(([name, format]) =>
      startMeasured(name, torch, [script, network, format, threads], TOO_LONG)
    );
    const all = [...ours, ...theirs];
    try {
      const times = await takeTurns(all, rounds);
      return all.map((one, i) => {
        const fastest = Math.min(...times.slice(ours.length).map(({ best }) => best ?? Infinity));
        return line(network, one, times[i]!, { flops: 6 * macs, peak, fastest, beside: theirs[0]! });
      });
    } finally {
      all.forEach(({ stop }) => stop());
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function line(
  network: string,
  one: MeasuredProcess,
  time: Times,
  { flops, peak, fastest, beside }: { flops: number; peak: Peak; fastest: number; beside: MeasuredProcess },
): string[] {
  const rate = time.best && flops / time.best / 1e9;
  const memory = one.memory().own;
  return [
    network,
    one.name,
    ...timeCells(time, "ms", 1),
    digits(rate, 1),
    ofPeak(rate, peak),
    digits(time.best && time.best / fastest, 2),
    digits(memory, 0),
    digits(memory / beside.memory().own, 2),
    one === beside ? "" : differenceOf(one.results(), beside.results()),
  ];
}

/** The largest relative difference of losses, in powers of ten. */
export function differenceOf(losses: readonly number[], others: readonly number[]): string {
  const steps = Math.min(losses.length, others.length);
  if (steps === 0) return "–";
  const largest = Math.max(...Array.from({ length: steps }, (_, i) => Math.abs(losses[i]! / others[i]! - 1)));
  return largest === 0 ? "0" : largest.toExponential(0);
}

async function exportNetwork(network: string, torch: string, folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(torch, { args: [script, network, "export", folder] })
    .output();
  if (!success) throw new Error(`Cannot export ${network}: ${new TextDecoder().decode(stderr).slice(-2000)}`);
}

function startOwn(name: string, folder: string, engine: string): MeasuredProcess {
  const program = new URL("./training_process.ts", import.meta.url).href;
  return startMeasured(name, Deno.execPath(), ["run", ...LOCKED, "-A", program, folder, engine], TOO_LONG);
}
