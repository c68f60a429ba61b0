import { readSafetensorsHeader } from "../formats/safetensors.ts";
import { SPARSE_FORMAT } from "../sparse/pack/save_sparse.ts";
import { readBytes } from "./dom/dropped_files.ts";

/** Ends of the names of files that hold weights and no graph. */
export const WEIGHTS: RegExp = /\.(?:pth|pt|th|safetensors|npz)$/i;

/** Whether files are weights alone, which need the name of a network. */
export async function needNetwork(files: readonly File[]): Promise<boolean> {
  const weights = files.filter(({ name }) => WEIGHTS.test(name));
  if (weights.length === 0 || files.some(({ name }) => /\.onnx$/i.test(name))) return false;
  return !(await Promise.all(weights.map(isSparse))).some((sparse) => sparse);
}

/**
 * Whether a file is a sparse one, which holds its graph; no more of it is read than its header.
 *
 * @throws SyntaxError where it has no header
 */
async function isSparse(file: File): Promise<boolean> {
  if (!/\.safetensors$/i.test(file.name)) return false;
  const read = async (length: number) =>
    readSafetensorsHeader(await readBytes(file, length), file.size, file.name);
  const first = await read(8);
  const header = typeof first === "number" ? await read(first) : first;
  return typeof header === "object" && header.metadata["format"] === SPARSE_FORMAT;
}
