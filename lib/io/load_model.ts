import { Error, SyntaxError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { requireOptions } from "../options.ts";
import { saysAbsent } from "../files/not_found.ts";
import { readSource, type Source } from "../formats/read_source.ts";
import { decodeModel } from "../onnx/codec/decode.ts";
import { type ExternalFiles, readBeside, requireInside, resolveIn } from "../onnx/codec/external_data.ts";
import type { Model } from "../onnx/model.ts";

/** Settings of {@linkcode loadModel}. */
export interface LoadOptions {
  /**
   * Contents of the files that hold tensors beside the model, by the name the model uses for them. Default:
   * they are read from the model's own folder or address.
   */
  externalData?: Readonly<Record<string, Uint8Array>> | undefined;
  /**
   * A folder that symbolic links among those files may lead into. Default: they may lead nowhere but into the
   * model's own folder and, in a snapshot of a Hugging Face cache, into its `blobs`.
   */
  dataFolder?: string | URL | undefined;
}

/**
 * Loads an ONNX model from a path, an address (`file:`, `http:`, `https:`, `data:`) or its bytes, with the
 * tensors that it keeps in other files.
 *
 * @throws SyntaxError naming file, byte offset and field where it is no ONNX model, or saying which of its
 * files is missing or too short
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const bytes = mlp({ sizes: [4, 8, 2] }).toOnnx(); // or the path or address of an .onnx file
 * const model = await loadModel(bytes);
 * assert.deepEqual(model.graph.values.get("input")?.shape, ["N", 4]);
 * ```
 */
export async function loadModel(
  source: Source,
  options: LoadOptions = {},
): Promise<Model> {
  requireOptions("loadModel", options, { externalData: true, dataFolder: true });
  // Who writes a model with data beside it moves the model last: read as one, they are of one writing.
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const version = await versionOf(source);
    const model = await loadOnce(source, options).catch((error) => error as Error);
    if (await versionOf(source) === version) {
      if (model instanceof Error) throw model;
      return model;
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES));
  }
  throw new Error(`Cannot read ${source}: it is written again and again; load it when that has ended`);
}

const MOST_TRIES = 100;

/** Between two tries at a model that somebody writes, in ms. */
const BETWEEN_TRIES = 20;

/** Tells writings of a file on this machine apart; nothing where there is no such file. */
async function versionOf(source: Source): Promise<string | undefined> {
  if (typeof source !== "string" && !(source instanceof URL) || !isLocal(source)) return undefined;
  if (!("Deno" in globalThis)) return undefined;
  const path = typeof source === "string" && source.startsWith("file:") ? new URL(source) : source;
  const found = await Deno.stat(path).catch(() => undefined);
  return found && `${found.dev} ${found.ino} ${found.mtime?.getTime()} ${found.size}`;
}

async function loadOnce(source: Source, { externalData, dataFolder }: LoadOptions): Promise<Model> {
  const { bytes, name } = await readSource(source);
  const locations = new Set<string>();
  // A file can be read again, so that tensors may be moved within its bytes; others keep theirs.
  const movable = typeof source === "string" || source instanceof URL ? isLocal(source) : false;
  const first = decodeModel(bytes, {
    file: name,
    movable,
    external: ({ location }) => {
      locations.add(location);
      return undefined;
    },
  });
  if (locations.size === 0) return first;
  const files = externalData
    ? new Map(Object.entries(externalData))
    : await readFiles(source, [...locations], { name, dataFolder });
  const again = movable ? (await readSource(source)).bytes : bytes;
  return decodeModel(again, { file: name, movable, external: resolveIn(files, name) });
}

async function readFiles(
  source: Source,
  locations: readonly string[],
  { name, dataFolder }: { name: string; dataFolder: string | URL | undefined },
): Promise<ExternalFiles> {
  for (const location of locations) requireInside(location, name);
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    throw new SyntaxError(
      `Cannot read ${name}: it keeps tensors in ${
        locations.map((location) => `${quoted(location)}`).join(", ")
      }; ` +
        `load the model by its path or address, or pass the contents as externalData`,
    );
  }
  const files = new Map<string, Uint8Array>();
  for (const location of locations) {
    try {
      const bytes = isLocal(source)
        ? await readBeside(source, location, dataFolder)
        : (await readSource(beside(source, location))).bytes;
      files.set(location, bytes);
    } catch (error) {
      const why = saysAbsent(error) ? "which is missing" : `but ${(error as Error).message}`;
      throw new SyntaxError(`Cannot read ${name}: it keeps tensors in ${quoted(location)}, ${why}`, {
        cause: error,
      });
    }
  }
  return files;
}

/** Whether a model lies in a folder of this machine. */
function isLocal(source: string | URL): boolean {
  return source instanceof URL ? source.protocol === "file:" : !/^(?:https?|data|blob):/.test(source);
}

/** The address of a file beside a model. */
function beside(source: string | URL, location: string): URL {
  return new URL(location.split(/[/\\]/).map(encodeURIComponent).join("/"), source);
}
