import type { ResolveExternal } from "./decode_tensor.ts";

/** Contents of the files that hold a model's tensors, by their path relative to the model's folder. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

/** Finds tensors in files that have been read; lengths are checked. */
export function resolveIn(files: ExternalFiles, model: string): ResolveExternal {
  return ({ location, offset, length = undefined }, needed, tensor) => {
    const fail = (why: string) =>
      new SyntaxError(`Cannot read tensor "${tensor}" of ${model} from "${location}": ${why}`);
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
      `Cannot read ${model}: it refers to tensors in "${location}", outside of its own folder, which could be any ` +
        `file of this machine; pass the contents as externalData if they are trusted`,
    );
  }
}
