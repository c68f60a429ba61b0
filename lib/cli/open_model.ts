import { decodeSafetensors } from "../formats/safetensors.ts";
import { readSource } from "../formats/read_source.ts";
import { loadModel } from "../io/load_model.ts";
import type { Model } from "../onnx/model.ts";
import { type CliOption, type Given, UsageError } from "./command.ts";
import { buildNetwork, NETWORK_NAMES } from "./networks.ts";
import { textOf } from "./values.ts";

/** Options of every command that opens a model. */
export const MODEL_OPTIONS: readonly CliOption[] = [
  {
    flags: "--network <name>",
    about: `the network that a file of weights alone (.pth, .safetensors, .npz) belongs to: ${NETWORK_NAMES}`,
  },
  { flags: "--classes <count>", about: "classes of that network, where they are not the published ones" },
];

/** Kinds of files, by the ends of their names. */
const KINDS: readonly { ends: RegExp; open: (path: string, given: Given) => Promise<Model> }[] = [
  { ends: /\.(?:gguf|bin)$/i, open: openDecoder },
  { ends: /\.safetensors$/i, open: openSafetensors },
  { ends: /\.(?:pth|pt|th|npz)$/i, open: openCheckpoint },
];

/**
 * A model from any file that one can be read from: .onnx, a sparse file of `saveSparse`, weights of a network
 * that is named, a language model (.gguf, a folder with config.json, .bin of llama2.c).
 *
 * @throws {UsageError} where a file of weights comes without its network
 */
export async function openModel(path: string, given: Given): Promise<Model> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.isDirectory) return await openDecoder(path);
  const open = KINDS.find(({ ends }) => ends.test(path))?.open;
  return await (open ? open(path, given) : loadModel(path));
}

async function openDecoder(path: string): Promise<Model> {
  const { readDecoder, wholeGraph } = await import("../lm/read/load_decoder.ts");
  return wholeGraph(await readDecoder(path));
}

async function openSafetensors(path: string, given: Given): Promise<Model> {
  const { decodeSparse } = await import("../sparse/pack/load_sparse.ts");
  const { SPARSE_FORMAT } = await import("../sparse/pack/sparse_format.ts");
  const { bytes, name } = await readSource(path);
  const { metadata } = decodeSafetensors(bytes, name);
  return metadata.format === SPARSE_FORMAT
    ? decodeSparse(bytes, name).model
    : await openCheckpoint(path, given);
}

async function openCheckpoint(path: string, given: Given): Promise<Model> {
  const network = textOf(given, "network");
  if (network === undefined) {
    throw new UsageError(
      `Cannot open ${path} by itself: it holds weights and no graph; name their network with --network ` +
        `(${NETWORK_NAMES}), or export the model to .onnx where it was made`,
    );
  }
  const { loadCheckpoint } = await import("../formats/load_checkpoint.ts");
  const { loadWeights } = await import("../nn/load_weights.ts");
  return loadWeights(await buildNetwork(network, given), await loadCheckpoint(path));
}
