/**
 * `training_process.ts <folder> <native | plain | wasm>`: trains what `training_step_torch.py … export` wrote, a step
 * for each line read; "plain" is the native engine without its rewriting. Answers as `serveWork` tells.
 */
import { join } from "node:path";
import { decodeNpy } from "../../lib/formats/npy.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { openNative } from "../../lib/runtime/native.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { openWasm } from "../../lib/runtime/wasm.ts";
import { crossEntropy, type Loss, meanAbsoluteError, meanSquaredError } from "../../lib/train/losses.ts";
import { adamW, sgd } from "../../lib/train/optimizers.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import { serveWork } from "./measured_process.ts";

/** What is trained, and how. */
interface Work {
  inputs: string[];
  loss: "cross entropy" | "squared error" | "absolute error";
  optimizer: "sgd" | "adamw";
}

const LOSSES: Record<Work["loss"], () => Loss> = {
  "cross entropy": crossEntropy,
  "squared error": meanSquaredError,
  "absolute error": meanAbsoluteError,
};

const OPTIMIZERS = {
  sgd: { optimizer: () => sgd({ momentum: 0 }), rate: 0.01 },
  adamw: { optimizer: () => adamW({ weightDecay: 0 }), rate: 1e-3 },
};

async function prepare(runtime: Runtime, folder: string, plain: boolean): Promise<() => Promise<number>> {
  const work: Work = JSON.parse(await Deno.readTextFile(join(folder, "work.json")));
  const array = async (name: string) => decodeNpy(await Deno.readFile(join(folder, `${name}.npy`)));
  const { optimizer, rate } = OPTIMIZERS[work.optimizer];
  const step = trainingStep(await loadModel(join(folder, "network.onnx")), {
    loss: LOSSES[work.loss](),
    optimizer: optimizer(),
  });
  // Bytes are taken as they are; only models are rewritten.
  const given = plain ? step.model.toOnnx() : step.model;
  const session = await runtime.session(given, { carry: step.carry });
  await session.setState(step.state);
  const feeds = { [Object.values(step.targets)[0]!]: await array("targets") };
  for (const name of work.inputs) feeds[name] = await array(name);
  let count = 0;
  return async () => {
    const outputs = await session.run({ ...feeds, ...step.scalarFeeds(count++, rate) });
    const [loss] = outputs[step.loss]!.data as Float32Array;
    if (!Number.isFinite(loss)) throw new Error(`Cannot measure a training step: its loss is ${loss}`);
    return loss!;
  };
}

const [folder, engine] = Deno.args as [string, string];
const runtime = engine === "wasm" ? await openWasm({ threads: 1 }) : await openNative();
await serveWork(() => prepare(runtime, folder, engine === "plain"));
