import { statIfFound } from "../files/not_found.ts";
import { requireWritable } from "../files/replace_files.ts";
import { UsageError } from "./command.ts";

/** Ends of the names of files that most commands write. */
const ONNX = [".onnx"] as const;

/**
 * Refuses a file that could not be written, before the work that it is to hold: by the end of its name, by
 * what is there already, and by a file that is made beside it and taken away again.
 *
 * @param source what is read for it, and is not to be lost: the same file is refused
 * @param endings what its name may end in
 * @returns the one it ends in
 * @throws {UsageError} where the name says that it is to be something else, or it is the source
 * @throws {Error} where it is a folder or a device, or its folder is not there or cannot be written to
 */
export async function requireOutput(
  path: string,
  source: string,
  endings: readonly string[] = ONNX,
): Promise<string> {
  const found = endings.find((end) => path.toLowerCase().endsWith(end));
  if (found === undefined) {
    const [last, ...others] = [...endings].reverse();
    const kinds = others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
    const way = endings === ONNX ? ", and `convert` makes others of it" : "";
    throw new UsageError(`Cannot write ${path}: this command writes ${kinds}; name such a file${way}`);
  }
  await requireWritable(path);
  if (isSameFile(path, source)) {
    throw new UsageError(
      `Cannot write ${path}: it is the file that is read, and would be lost; name another file`,
    );
  }
  return found;
}

/** Whether two paths lead to one file, by whichever names. */
function isSameFile(a: string, b: string): boolean {
  return Boolean(statIfFound(a) && statIfFound(b)) && Deno.realPathSync(a) === Deno.realPathSync(b);
}
