import { fileURLToPath } from "node:url";
import { loadModel } from "../../lib/io/load_model.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { setUpZoo } from "../zoo/environment.ts";
import { type LineProcess, startLines } from "./line_process.ts";
import { subject } from "./subject.ts";

/** Networks that PyTorch exports; ResNet-56 comes with our own weights or random ones. */
const NETWORKS = ["ResNet-50", "MobileNetV2", "EfficientNet-B0", "ViT-S", "BERT-small", "U-Net"];

/** What Python says of files that it timed, in their order: seconds. */
export interface Timed {
  best: number[];
  median: number[];
  processor: number[];
  /** Of each file, one number for each round. */
  rounds: number[][];
  version: string;
}

/** Python, which exports networks and times files in its ONNX Runtime. */
export interface SavedModels {
  /** Writes a network with random weights. */
  export(name: string, path: string): Promise<void>;
  /** Seconds that files take, all in turns. */
  time(paths: readonly string[], rounds: number): Promise<Timed>;
  stop(): void;
}

/** Starts Python. */
export async function startSavedModels(): Promise<SavedModels> {
  const python = (await setUpZoo()).program("python");
  const process = startLines(python, [fileURLToPath(new URL("./saved_models.py", import.meta.url))]);
  return {
    stop: process.stop,
    export: async (name, path) => void await ask(process, { what: "export", name, path }),
    time: async (paths, rounds) => await ask(process, { what: "time", paths, rounds }) as Timed,
  };
}

/** Networks that nobody here tuned for, one after another. */
export async function* exportedNetworks(
  python: SavedModels,
  names: readonly string[] = ["ResNet-56", ...NETWORKS],
): AsyncGenerator<{ name: string; model: Model }, void, undefined> {
  for (const name of names) {
    if (name === "ResNet-56") {
      yield { name, model: (await subject()).model };
      continue;
    }
    const path = await Deno.makeTempFile({ suffix: ".onnx" });
    try {
      await python.export(name, path);
      yield { name, model: await loadModel(path) };
    } finally {
      await Deno.remove(path);
    }
  }
}

async function ask(process: LineProcess, question: Record<string, unknown>): Promise<unknown> {
  const line = await process.ask(JSON.stringify(question), 300);
  if (line === undefined) {
    throw new Error(`Cannot ${question.what} in Python: it gave no answer within 300 s, or ended`);
  }
  const answer = JSON.parse(line);
  if (answer.error !== undefined) throw new Error(`Cannot ${question.what} in Python: ${answer.error}`);
  return answer;
}
