import { statIfFound } from "../../files/not_found.ts";
import { SyntaxError } from "../../errors.ts";
import { requireOptions } from "../../options.ts";
import { openGguf } from "../../formats/gguf/open_gguf.ts";
import type { Source } from "../../formats/read_source.ts";
import { decoder, decoderAppendingStep } from "../../nn/decoder.ts";
import { loadWeights } from "../../nn/load_weights.ts";
import type { Model } from "../../onnx/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { decoderFromGguf } from "./from_gguf.ts";
import { decoderFromFolder } from "./from_hugging_face.ts";
import { decoderFromLlama2c } from "./from_llama2c.ts";
import type { PackedMatrix, PackedSource } from "./packed.ts";
import { withPacked } from "./packed_graph.ts";
import type { DecoderWeights } from "./weights.ts";

/** Settings of {@linkcode readDecoder}. */
export interface ReadOptions {
  /**
   * Whether matrices of GGUF files in Q4_0, Q4_1, Q4_K and Q8_0 stay in their codes, which the engine
   * multiplies with: a fraction of the memory, and inputs of layers rounded to 8 bits. Such weights cannot be
   * pruned or written. Default false.
   */
  packed?: boolean | undefined;
}

/**
 * A decoder's sizes and weights: from a GGUF file, from a folder with `config.json` and safetensors, or
 * from a
 * file of llama2.c (`.bin`).
 *
 * @throws {SyntaxError} where a file is damaged, or of an architecture that is not known
 */
export async function readDecoder(source: Source, options: ReadOptions = {}): Promise<DecoderWeights> {
  requireOptions("readDecoder", options, { packed: true });
  if (typeof source === "string") {
    const info = statIfFound(source);
    if (info?.isDirectory) return await decoderFromFolder(source);
    if (source.endsWith(".bin")) return await decoderFromLlama2c(source);
  }
  return await decoderFromGguf(await openGguf(source), options);
}

/** The graph for whole texts with these weights. */
export function wholeGraph(weights: DecoderWeights): Model {
  requireLayers(weights);
  return filled(decoder({ ...weights.options, weights: "zeros" }), weights);
}

/** The graph for steps that append to their cache, with these weights: the same tensors in memory. */
export function stepGraph(weights: DecoderWeights): Model {
  requireLayers(weights);
  return filled(decoderAppendingStep({ ...weights.options, weights: "zeros" }), weights);
}

/**
 * A graph whose packed matrices are views of the same zeros; those of `packed` are to be put in their place.
 */
export function blankGraph(weights: DecoderWeights, kind: "whole" | "step", zeros: ArrayBuffer): Model {
  requireLayers(weights);
  const build = kind === "whole" ? decoder : decoderAppendingStep;
  return filled(build({ ...weights.options, weights: "zeros" }), weights, (source) => source.blank(zeros));
}

/** A number in a file builds no layers that its tensors are not there for. */
function requireLayers({ name, options: { layers }, tensors }: DecoderWeights): void {
  const last = `model.layers.${layers - 1}.input_layernorm.weight`;
  if (Object.hasOwn(tensors, last)) return;
  throw new SyntaxError(`Cannot read ${name}: expected ${layers} layers, as it says, found no ${last}`);
}

function filled(
  model: Model,
  { tensors, packed = {} }: DecoderWeights,
  read: (source: PackedSource) => PackedMatrix = (source) => source.read(),
): Model {
  if (Object.keys(packed).length === 0) return withTensors(model, tensors);
  const matrices = Object.entries(packed).map(([name, source]) => [name, read(source)] as const);
  return withTensors(withPacked(model, Object.fromEntries(matrices)), tensors);
}

/**
 * The graph of a decoder with tensors for all of its parameters, which are known by their names: to find them
 * by what reads them, as {@linkcode loadWeights} does, takes more memory than the graph itself.
 */
function withTensors(model: Model, tensors: Readonly<Record<string, Tensor>>): Model {
  const initializers = new Map(model.graph.initializers);
  const wanted = [...initializers].filter(([name]) => /\.(weight|bias)$/.test(name));
  const fits = wanted.every(([name, { type, dims }]) =>
    Object.hasOwn(tensors, name) && tensors[name]!.type === type && tensors[name]!.dims.join() === dims.join()
  );
  if (!fits || wanted.length < Object.keys(tensors).length) return loadWeights(model, tensors); // it says why
  for (const [name] of wanted) initializers.set(name, tensors[name]!);
  return model.withGraph({ ...model.graph, initializers });
}
