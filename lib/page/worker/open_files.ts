import { SyntaxError, TypeError } from "../../errors.ts";
import { buildNetwork } from "../../cli/networks.ts";
import { loadCheckpoint } from "../../formats/load_checkpoint.ts";
import { decodeSafetensors } from "../../formats/safetensors.ts";
import { loadModel } from "../../io/load_model.ts";
import { loadWeights } from "../../nn/load_weights.ts";
import type { Model } from "../../onnx/model.ts";
import { decodeSparse } from "../../sparse/pack/load_sparse.ts";
import { SPARSE_FORMAT } from "../../sparse/pack/sparse_format.ts";
import { WEIGHTS } from "../need_network.ts";
import type { PageFile } from "../protocol.ts";

/** A model and the name of the file it came from. */
export interface NamedModel {
  /** Name of the file, without a folder. */
  name: string;
  /** The model. */
  model: Model;
}

/**
 * The model in the files that were dropped together: an .onnx with the files that hold its tensors, if any,
 * or weights (.pth, .safetensors, .npz) with the network that they belong to.
 *
 * @throws Error saying what was expected, where it is none
 */
export async function openFiles(files: readonly PageFile[], network?: string): Promise<NamedModel> {
  const names = files.map(({ name }) => name);
  const graphs = files.filter(({ name }) => /\.onnx$/i.test(name));
  if (graphs.length > 1) {
    throw new TypeError(`Cannot open ${graphs.length} models at once: choose one of ${names.join(", ")}`);
  }
  if (files.length === 0 && network !== undefined) {
    return { name: network, model: await buildNetwork(network, {}) };
  }
  const [graph] = graphs;
  if (graph) return { name: graph.name, model: await openOnnx(graph, files) };
  const weights = files.find(({ name }) => WEIGHTS.test(name));
  if (!weights || files.length > 1) {
    throw new TypeError(
      `Cannot open ${
        names.join(", ") || "nothing"
      }: expected an .onnx file, with the files that hold its tensors ` +
        "if it has any, or one file of weights: .pth, .safetensors or .npz",
    );
  }
  return { name: weights.name, model: await openWeights(weights, network) };
}

async function openOnnx({ name, bytes }: PageFile, files: readonly PageFile[]): Promise<Model> {
  const others = files.filter((file) => file.name !== name);
  const externalData = Object.fromEntries(others.map(({ name, bytes }) => [name, bytes]));
  const named = (error: Error) => {
    const message = error.message.replaceAll("the given bytes", name);
    const wayOut = /; load the model by its path or address, or pass the contents as externalData$/;
    throw new SyntaxError(message.replace(wayOut, "; drop these files together with it"), { cause: error });
  };
  return await loadModel(bytes, others.length > 0 ? { externalData } : {}).catch(named);
}

async function openWeights({ name, bytes }: PageFile, network: string | undefined): Promise<Model> {
  if (/\.safetensors$/i.test(name)) {
    const { metadata } = decodeSafetensors(bytes, name);
    if (metadata["format"] === SPARSE_FORMAT) {
      if (network === undefined) return decodeSparse(bytes, name).model;
      throw new TypeError(
        `Cannot open ${name} as ${network}: it is a sparse file, which holds its network; open it by itself`,
      );
    }
  }
  if (network === undefined) {
    throw new TypeError(
      `Cannot open ${name} by itself: it holds weights and no graph; choose the network that they belong to`,
    );
  }
  const tensors = await loadCheckpoint(bytes).catch((error: Error) => {
    throw new SyntaxError(error.message.replaceAll("the given bytes", name), { cause: error });
  });
  const built = await buildNetwork(network, {});
  try {
    return loadWeights(built, tensors);
  } catch (error) {
    const { message } = error as Error;
    throw new TypeError(message.replace(/; use the option rename .*$/, "; choose another network"), {
      cause: error,
    });
  }
}
