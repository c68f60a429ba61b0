import { SyntaxError } from "../../errors.ts";
import { localPath } from "../../files/local_path.ts";
import { readFile } from "../../files/read_file.ts";
import { quoted } from "../../printable.ts";
import { dirname, join, nodeModule } from "../../node.ts";
import type { ResolveExternal } from "./decode_tensor.ts";

/** Contents of the files that hold a model's tensors, by their path relative to the model's folder. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

/** Finds tensors in files that have been read; lengths are checked. */
export function resolveIn(files: ExternalFiles, model: string): ResolveExternal {
  return ({ location, offset, length = undefined }, needed, tensor) => {
    const fail = (why: string) =>
      new SyntaxError(`Cannot read tensor ${quoted(tensor)} of ${model} from ${quoted(location)}: ${why}`);
    const file = files.get(location);
    if (file === undefined) throw fail(`the file is missing; it belongs beside the model`);
    if (length !== undefined && length !== needed) throw fail(`it needs ${needed} bytes, but has ${length}`);
    if (offset + needed > file.length) {
      throw fail(`it should be bytes ${offset} to ${offset + needed}, but the file ends at ${file.length}`);
    }
    return file.subarray(offset, offset + needed);
  };
}

/**
 * Refuses locations that lead out of the model's folder: absolute paths, addresses, and `..`.
 *
 * @throws SyntaxError naming the location and the model
 */
export function requireInside(location: string, model: string): void {
  const parts = location.split(/[/\\]/);
  const outside = location.includes(":") || location.includes("\0") || parts[0] === "" ||
    parts.includes("..");
  if (outside) {
    throw new SyntaxError(
      `Cannot read ${model}: it refers to tensors in ${
        quoted(location)
      }, outside of its own folder, which could be any ` +
        `file of this machine; pass the contents as externalData if they are trusted`,
    );
  }
}

/**
 * The bytes of a file that a model in a folder of this machine refers to. Where it really is, symbolic links
 * followed, must be in that folder, in the `blobs` of the Hugging Face cache that the folder is a snapshot
 * of, or in `dataFolder`; and it must be a regular file: a pipe has no end, a device may have none.
 *
 * @param model path or `file:` address of the model
 * @throws SyntaxError saying where the file leads to, or what it is; the system's error where there is none
 */
export async function readBeside(
  model: string | URL,
  location: string,
  dataFolder: string | URL | undefined,
): Promise<Uint8Array> {
  const folder = dirname(pathOf(model));
  const path = await Deno.realPath(join(folder, ...location.split(/[/\\]/)));
  const root = await Deno.realPath(folder);
  const sep = separator();
  const roots = [root, ...blobsOf(root), ...dataFolder ? [await Deno.realPath(pathOf(dataFolder))] : []];
  if (!roots.some((root) => path.startsWith(root.endsWith(sep) ? root : root + sep))) {
    throw new SyntaxError(
      `it leads to ${path}, outside of the model's own folder; name the folder it may lead into as dataFolder if that ` +
        `is trusted`,
    );
  }
  if (!(await Deno.stat(path)).isFile) throw new SyntaxError("it is no regular file");
  return await readFile(path);
}

function pathOf(source: string | URL): string {
  return source instanceof URL || source.startsWith("file:") ? localPath(source) : source;
}

/**
 * The folder that the links in a snapshot of a Hugging Face cache lead into: `snapshots/<revision>/…` beside
 * `blobs`.
 */
function blobsOf(folder: string): string[] {
  const sep = separator();
  const parts = folder.split(sep);
  const at = parts.lastIndexOf("snapshots");
  return at > 0 && at < parts.length - 1 ? [[...parts.slice(0, at), "blobs"].join(sep)] : [];
}

/** What stands between the parts of a path on this machine. */
function separator(): string {
  return nodeModule("node:path")?.sep ?? "/";
}
