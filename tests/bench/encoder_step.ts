/**
 * `encoder_step.ts <work> <batch> <length>`: does the work on an encoder of MiniLM's size once for each line read, and
 * answers as `serveWork` tells.
 */
import { bert } from "../../lib/nn/bert.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { openNative } from "../../lib/runtime/native.ts";
import type { Runtime, Tensors } from "../../lib/runtime/runtime.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import { type ElementId, removeElements } from "../../lib/transformer/mod.ts";
import { serveWork } from "./measured_process.ts";

/** Sizes of all-MiniLM-L6-v2. */
export const MINILM = {
  layers: 6,
  hidden: 384,
  heads: 12,
  neurons: 1536,
  vocabulary: 30_522,
  positions: 512,
};

/** Groups that its neurons are divided into. */
const GROUPS = 12;

/** What is done. */
export type EncoderWork = "forward" | "halved" | "step";

/** The encoder, whole or without every second head and group of neurons. */
export function encoder({ halved = false, dropout = 0.1 } = {}): Model {
  const model = bert({ ...MINILM, dropout });
  const { layers, heads } = MINILM;
  const second = (parts: number, id: (part: number) => ElementId) =>
    Array.from({ length: parts / 2 }, (_, i) => id(2 * i));
  const removed = Array.from({ length: layers }, (_, layer) => [
    ...second(heads, (head): ElementId => `attention.${layer}.head.${head}`),
    ...second(GROUPS, (group): ElementId => `feed-forward.${layer}.group.${group}`),
  ]).flat();
  return halved ? removeElements(model, { groups: GROUPS, k: 30, renormalize: false, removed }) : model;
}

function feedsOf(batch: number, length: number): Tensors {
  const random = seededRandom(0, "tokens");
  const full = (value: () => number) => int64(Array.from({ length: batch * length }, value), [batch, length]);
  return {
    input_ids: full(() => random.integer(MINILM.vocabulary)),
    attention_mask: full(() => 1),
    token_type_ids: full(() => 0),
  };
}

/** The work, ready to be done as often as wanted. */
async function prepare(runtime: Runtime, work: EncoderWork, batch: number, length: number) {
  const feeds = feedsOf(batch, length);
  if (work !== "step") {
    const session = await runtime.session(encoder({ halved: work === "halved" }));
    return () => session.run(feeds);
  }
  const inputShapes = Object.fromEntries(Object.keys(feeds).map((name) => [name, [batch, length]]));
  const step = trainingStep(inferShapes(encoder(), { inputShapes }), {
    optimizer: adamW({ weightDecay: 0 }),
    clip: 1,
  });
  const session = await runtime.session(step.model, { carry: step.carry });
  await session.setState(step.state);
  const labels = int64(Array.from({ length: batch }, (_, i) => i % 2));
  let count = 0;
  return async () => {
    const outputs = await session.run({
      ...feeds,
      [step.targets.labels!]: labels,
      ...step.scalarFeeds(count++, 1e-5),
    });
    const [loss] = outputs[step.loss]!.data as Float32Array;
    if (!Number.isFinite(loss)) throw new Error(`Cannot measure a fine-tuning step: its loss is ${loss}`);
  };
}

if (import.meta.main) {
  const [work, batch, length] = Deno.args as [EncoderWork, string, string];
  const runtime = await openNative();
  await serveWork(async () => {
    const run = await prepare(runtime, work, Number(batch), Number(length));
    return async () => void await run();
  });
}
