/** What a network answers, and how far apart two answers are. */
import type { Model } from "../../lib/onnx/model.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";

export const logitsOf = async (model: Model, feeds: Tensors): Promise<number[]> =>
  Object.values(await runModel(model, feeds)).flatMap(({ data }) => [...data as Float32Array]);

export const distance = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

/** Weights of a layer of our BERT. */
export const layer = (i: number) => `bert.encoder.layer.${i}`;
