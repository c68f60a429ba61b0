import { statIfFound } from "../files/not_found.ts";
import { decodeSafetensors } from "../formats/safetensors.ts";
import { readSource } from "../formats/read_source.ts";
import { loadModel } from "../io/load_model.ts";
import type { Model } from "../onnx/model.ts";
import { SPARSE_FORMAT } from "../sparse/pack/sparse_format.ts";
import { type CliOption, type Given, UsageError } from "./command.ts";
import { buildNetwork, NETWORK_NAMES, typedNetwork } from "./networks.ts";
import { asPath, type SourceKind, sourceKind } from "./source_kind.ts";
import { textOf, typedShapes } from "./values.ts";

/** Options of every command that opens a model. */
export const MODEL_OPTIONS: readonly CliOption[] = [
  {
    flags: "--network <name>",
    about: `the network that a file of weights alone (.pth, .safetensors, .npz) belongs to: ${NETWORK_NAMES}`,
  },
  { flags: "--classes <count>", about: "classes of that network, where they are not the published ones" },
];

type Open = (path: string, given: Given) => Promise<Model>;

/** What opens each kind of file. */
const OPEN: Readonly<Record<SourceKind, Open>> = {
  decoder: openDecoder,
  safetensors: openSafetensors,
  checkpoint: openCheckpoint,
  onnx: (path) => loadModel(path),
};

/** Kinds of files that may hold weights alone, which take a network by its name. */
const WEIGHTS: ReadonlySet<SourceKind> = new Set(["safetensors", "checkpoint"]);

/**
 * A model from any file that one can be read from: .onnx, a sparse file of `saveSparse`, weights of a network
 * that is named, a language model (.gguf, a folder with config.json, .bin of llama2.c). Files are told apart
 * by their first bytes, whatever their names; at an address, by their names.
 *
 * @throws {UsageError} where a file of weights comes without its network, a graph with one, or a folder is
 * not of a language model
 */
export async function openModel(path: string, given: Given): Promise<Model> {
  requireTyped(given);
  const kind = await kindOf(path);
  if (!WEIGHTS.has(kind)) refuseNetwork(path, given);
  return await OPEN[kind](asPath(path), given);
}

/** Two models, of which one may be weights of the network that is named. */
export async function openBoth(
  paths: readonly [string, string],
  given: Given,
): Promise<readonly [Model, Model]> {
  requireTyped(given);
  const { network: _, classes: __, ...rest } = given;
  const alone = [await isAlone(paths[0]), await isAlone(paths[1])] as const;
  if (!alone.includes(true)) refuseNetwork(paths.join(" and "), given);
  const open = (i: 0 | 1) => openModel(paths[i], alone[i] ? given : rest);
  return [await open(0), await open(1)];
}

/** Whether a file holds weights alone: a sparse one has its graph. */
async function isAlone(path: string): Promise<boolean> {
  const kind = await kindOf(path);
  return WEIGHTS.has(kind) && !(kind === "safetensors" && isSparse(await readSource(asPath(path))));
}

/** Whether a safetensors file is one of `saveSparse`. */
const isSparse = ({ bytes, name }: Awaited<ReturnType<typeof readSource>>): boolean =>
  decodeSafetensors(bytes, name).metadata.format === SPARSE_FORMAT;

/** Looks at what was typed of models before one is read. */
function requireTyped(given: Given): void {
  typedNetwork(given);
  typedShapes(given);
}

/** Refuses a network for what has its own graph. */
export function refuseNetwork(path: string, given: Given): void {
  const option = ["network", "classes"].find((name) => given[name] !== undefined);
  if (option === undefined) return;
  throw new UsageError(
    `Cannot open ${path} with --${option}: it is for weights alone (.pth, .safetensors, .npz), and this has a ` +
      `graph of its own; leave it out`,
  );
}

/** What language models are read from, in words. */
export const DECODER_FILES =
  "a .gguf, a folder of Hugging Face's with its config.json, or a .bin of llama2.c";

/** Whether a path is of a kind that language models are read from. */
export const holdsDecoder = async (path: string): Promise<boolean> => await kindOf(path) === "decoder";

/** What is at a path or an address: a folder is of a language model. */
async function kindOf(source: string): Promise<SourceKind> {
  const path = asPath(source);
  return isFolder(path) ? "decoder" : await sourceKind(path);
}

/** Whether there is a folder; one that cannot be a language model is refused. */
function isFolder(path: string): boolean {
  if (!statIfFound(path)?.isDirectory) return false;
  if (statIfFound(`${path}/config.json`)) return true;
  throw new UsageError(
    `Cannot open ${path}: it is a folder without a config.json; expected a file with a model, such as ` +
      `model.onnx, or a folder of a language model as Hugging Face's transformers save them`,
  );
}

async function openDecoder(path: string): Promise<Model> {
  const { readDecoder, wholeGraph } = await import("../lm/read/load_decoder.ts");
  return wholeGraph(await readDecoder(path));
}

async function openSafetensors(path: string, given: Given): Promise<Model> {
  const source = await readSource(path);
  if (!isSparse(source)) return await openCheckpoint(path, given);
  refuseNetwork(path, given);
  const { decodeSparse } = await import("../sparse/pack/load_sparse.ts");
  return decodeSparse(source.bytes, source.name).model;
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
