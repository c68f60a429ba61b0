import { withoutUndefined } from "../options.ts";
import { Error, SyntaxError } from "../errors.ts";
import { readFile } from "../files/read_file.ts";
import { tensorsDigest, textDigest } from "../files/digest.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { ifFound } from "../files/not_found.ts";
import { count, fields, list, parseShape, text } from "../files/schema.ts";
import { replaceFile } from "../files/replace_files.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { Model } from "../onnx/model.ts";
import { isTensor, Tensor } from "../tensor/tensor.ts";
import { arrayOf } from "../tensor/arrays.ts";
import type { LinearLayer } from "./linear_layers.ts";
import type { Grid } from "./numeric/grid.ts";

/** What is kept of a layer that is done. */
export interface KeptLayer<Report> {
  /** The compressed matrix, [rows, columns]. */
  weight: Float64Array;
  /** Levels of its groups' weights. */
  grids: readonly Grid[];
  /** Report on the layer, as the run that kept it told it. */
  report: Report;
}

/** Which layer it is, and how many weights it has. */
export type LayerSize = Pick<LinearLayer, "weight" | "rows" | "columns">;

/** A folder with a file for each layer that is done. */
export interface KeptLayers<Report> {
  /**
   * A layer that an earlier run with the same model, data and settings did; none where its file is damaged.
   *
   * @param tell is told of a damaged file: which it is, and why
   */
  read(layer: LayerSize, tell?: (problem: string) => void): Promise<KeptLayer<Report> | undefined>;
  /** Keeps a layer: its file is whole, or not there. */
  write(name: string, layer: KeptLayer<Report>): Promise<void>;
}

/**
 * Opens a folder, which is made where there is none; files of other runs are passed over.
 *
 * @throws {Error} where it cannot be made
 */
export async function openKeptLayers<Report>(folder: string, key: string): Promise<KeptLayers<Report>> {
  await makeLogFolder(folder);
  const pathOf = (name: string) => `${folder}/${textDigest(`${key}\n${name}`).slice(0, 32)}.safetensors`;
  return {
    async read(layer, tell = () => {}) {
      const path = pathOf(layer.weight);
      const bytes = await ifFound(readFile(path));
      if (!bytes) return undefined;
      try {
        return decode<Report>(bytes, path, layer);
      } catch (error) {
        tell((error as Error).message);
        return undefined;
      }
    },
    async write(name, { weight, grids, report }) {
      const flat = (data: Float64Array) => new Tensor("float64", data, [data.length]);
      const tensors = Object.fromEntries([
        ["weight", single(weight) ?? flat(weight)],
        ...grids.flatMap(({ scales, zeros, inputScales }, i) => [
          [`scales.${i}`, flat(scales)],
          [`zeros.${i}`, flat(zeros)],
          ...inputScales ? [[`inputs.${i}`, flat(inputScales)]] : [],
        ]),
      ]);
      const layer = JSON.stringify({
        grids: grids.map(({ bits, groupSize, groups }) => ({ bits, groupSize, groups })),
        report,
      });
      await replaceFile(
        pathOf(name),
        encodeSafetensors(tensors, { metadata: { name, layer }, checksum: true }),
        "compressed layer",
      );
    },
  };
}

/**
 * Makes the folder of a `log`, where there is none.
 *
 * @throws {Error} where it cannot be made
 */
export async function makeLogFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (cause) {
    const isThere = cause instanceof Deno.errors.AlreadyExists;
    const why = isThere
      ? "there is a file of that name"
      : (cause as Error).message.replace(/ \(os error.*$/s, "");
    throw new Error(
      `Cannot keep layers in ${folder}: ${why}; give log a folder, or a path where one can be made`,
      { cause },
    );
  }
}

/** What is said beside the numbers. */
interface About<Report> {
  grids: Pick<Grid, "bits" | "groupSize" | "groups">[];
  report: Report;
}

const ABOUT = fields({
  grids: list(fields({ bits: count, groupSize: count, groups: count })),
  report: fields({ weight: text, warnings: list(text) }),
});

/** @throws {SyntaxError} where the file is damaged, or another's */
function decode<Report>(bytes: Uint8Array, path: string, layer: LayerSize): KeptLayer<Report> {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const [found, size] = [tensors.weight?.dims[0], layer.rows * layer.columns];
  if (metadata.name !== layer.weight || found !== size) {
    throw new SyntaxError(
      `Cannot read ${path}: expected ${size} weights of ${layer.weight}, found ${found} of ${metadata.name}`,
    );
  }
  const about = parseShape<About<Report>>(metadata.layer ?? "null", ABOUT, `read ${path}`);
  const data = (part: string) => {
    if (tensors[part]) return Float64Array.from(arrayOf(tensors[part]));
    throw new SyntaxError(`Cannot read ${path}: expected its ${part}, found none`);
  };
  return {
    weight: data("weight"),
    grids: about.grids.map((grid, i) => ({
      ...grid,
      scales: data(`scales.${i}`),
      zeros: data(`zeros.${i}`),
      ...withoutUndefined({ inputScales: tensors[`inputs.${i}`] && data(`inputs.${i}`) }),
    })),
    report: about.report,
  };
}

/** Numbers as float32, where that holds them all. */
function single(data: Float64Array): Tensor | undefined {
  const rounded = Float32Array.from(data);
  return rounded.every((value, i) => value === data[i])
    ? new Tensor("float32", rounded, [data.length])
    : undefined;
}

/** To be raised with every change of what layers become of the same settings, or of what is measured. */
const VERSION = 2;

/** A name for a run: SHA-256 of the model, the calibration data, the settings and the way, in hex. */
export function runKey(model: Model, settings: unknown): string {
  const { nodes, inputs, outputs, initializers } = model.graph;
  const readable = (_: string, value: unknown) => typeof value === "bigint" ? String(value) : value;
  const head = canonicalJson({ version: VERSION, settings }, "settings") +
    JSON.stringify([inputs, outputs, nodes], readable);
  const tensors = [...initializers].map(([name, tensor]) => {
    const isRead = isTensor(tensor) && tensor.type !== "string";
    const numbers = isRead ? arrayOf(tensor) : new Uint8Array();
    return [JSON.stringify([name, tensor.type, tensor.dims]), numbers] as const;
  });
  return tensorsDigest(head, tensors);
}
