/**
 * One training step (forward, gradients, SGD) of CIFAR ResNets on each engine, as 6·MACs·batch / time.
 *
 *     deno run -A tests/bench/training_step.ts [--engines native,wasm] [--depths 20,56] [--batch 64] [--rounds 7]
 *         [--plain] [--torch path/to/python]
 *
 * Alternatives run in turns within one process, and the best round of each counts: other programs on the
 * machine disturb all alike. `--plain` also runs the native engine without Espalier's rewriting. PyTorch runs
 * in the same turns, in a process of its own that waits in between.
 */
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { float32, int64 } from "../../lib/onnx/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import type { EngineName, Runtime, Tensors } from "../../lib/runtime/runtime.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { trainingStep } from "../../lib/train/training_step.ts";

const options = parse(Deno.args);
const depths = (options.depths ?? "20,56").split(",").map(Number) as (20 | 56)[];
const batch = Number(options.batch ?? 64);
const rounds = Number(options.rounds ?? 7);
const engineNames = (options.engines ?? "native,wasm").split(",") as EngineName[];

/** Multiply-accumulates of one image through convolutions and the last layer. */
const MACS: Record<number, number> = { 20: 40_813_184, 56: 126_747_008 };

interface Contestant {
  name: string;
  step(): Promise<number>;
  loss: number;
}

const rows: string[] = [];
for (const depth of depths) {
  const runtimes: Runtime[] = [];
  const contestants: Contestant[] = [];
  for (const engine of engineNames) {
    const runtime = await openRuntime({ engine });
    runtimes.push(runtime);
    contestants.push(await contestant(engine, depth, runtime, false));
    if (engine === "native" && "plain" in options) {
      contestants.push(await contestant("native, not rewritten", depth, runtime, true));
    }
  }
  const torch = options.torch ? startTorch(options.torch, depth) : [];
  contestants.push(...torch);
  const times = contestants.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, one] of contestants.entries()) {
      const seconds = await one.step();
      if (round >= 0) times[i]!.push(seconds);
    }
  }
  contestants.forEach(({ name, loss }, i) => {
    const sorted = times[i]!.toSorted((a, b) => a - b);
    const [best, middle] = [sorted[0]!, sorted[sorted.length >> 1]!];
    const rate = (seconds: number) => (6 * MACS[depth]! * batch / seconds / 1e9).toFixed(1);
    rows.push(
      `| ResNet-${depth} | ${name} | ${best.toFixed(3)} | ${middle.toFixed(3)} | ${rate(best)} | ${
        rate(middle)
      } | ` +
        `${Number.isNaN(loss) ? "" : loss.toFixed(4)} |`,
    );
  });
  for (const runtime of runtimes) await runtime.close();
  for (const { stop } of torch.slice(0, 1)) stop();
}
console.log(
  `${
    new Date().toISOString().slice(0, 10)
  }, ${navigator.hardwareConcurrency} processors, ${await cpu()}, batch ${batch}\n`,
);
console.log("| network | engine | s, best | s, median | GFLOP/s, best | GFLOP/s, median | last loss |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
console.log(rows.join("\n"));
Deno.exit(0);

async function contestant(
  name: string,
  depth: 20 | 56,
  runtime: Runtime,
  plain: boolean,
): Promise<Contestant> {
  const network = inferShapes(resnetCifar({ depth }), { inputShapes: { input: [batch, 3, 32, 32] } });
  const step = trainingStep(network, { optimizer: sgd({ momentum: 0 }) });
  // Bytes are taken as they are; only models are rewritten.
  const session = await runtime.session(plain ? step.model.toOnnx() : step.model, { carry: step.carry });
  await session.setState(step.state);
  const random = seededRandom(1);
  const pixels = Float32Array.from({ length: batch * 3 * 32 * 32 }, () => random.normal());
  const labels = Array.from({ length: batch }, (_, i) => i % 10);
  const [target] = Object.values(step.targets) as [string];
  const feeds: Tensors = {
    [step.inputs[0]!]: float32(pixels, [batch, 3, 32, 32]),
    [target]: int64(labels, [batch]),
    ...step.numbers(0, 0.05),
  };
  const self: Contestant = {
    name,
    loss: NaN,
    async step() {
      const start = performance.now();
      const outputs = await session.run(feeds);
      const seconds = (performance.now() - start) / 1000;
      self.loss = (outputs[step.loss]!.data as Float32Array)[0]!;
      return seconds;
    },
  };
  return self;
}

/** PyTorch with as many threads as processors, in both memory formats; one line in, one step, its time out. */
function startTorch(python: string, depth: number): (Contestant & { stop(): void })[] {
  const script = new URL("./training_step_torch.py", import.meta.url);
  const process = new Deno.Command(python, {
    args: [
      decodeURIComponent(script.pathname),
      String(depth),
      String(batch),
      String(navigator.hardwareConcurrency),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const [input, lines] = [process.stdin.getWriter(), readLines(process.stdout)];
  return ["contiguous", "channels_last"].map((format) => ({
    name: `PyTorch, ${format.replace("_", " ")}`,
    loss: NaN,
    async step() {
      await input.write(new TextEncoder().encode(`${format}\n`));
      return Number((await lines.next()).value);
    },
    stop: () => process.kill(),
  }));
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

function parse(args: string[]): Record<string, string> {
  const found: Record<string, string> = {};
  args.forEach((arg, i) => {
    if (arg.startsWith("--")) found[arg.slice(2)] = args[i + 1] ?? "";
  });
  return found;
}

async function cpu(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const simd = /avx512f/.test(text) ? "AVX-512" : /avx2/.test(text) ? "AVX2" : Deno.build.arch;
  return `${/model name\s*:\s*(.*)/.exec(text)?.[1] ?? Deno.build.arch} (${simd})`;
}
