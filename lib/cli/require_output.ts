import { requireWritable } from "../files/replace_files.ts";
import { UsageError } from "./command.ts";

/** Ends of the names of files that most commands write. */
const ONNX = [".onnx"] as const;

/**
 * Refuses a file that could not be written, before the work that it is to hold: by the end of its name, by
 * what is there already, and by a file that is made beside it and taken away again.
 *
 * @param endings what its name may end in
 * @returns the one it ends in
 * @throws {UsageError} where the name says that it is to be something else
 * @throws {Error} where it is a folder or a device, or its folder is not there or cannot be written to
 */
export async function requireOutput(path: string, endings: readonly string[] = ONNX): Promise<string> {
  const found = endings.find((end) => path.toLowerCase().endsWith(end));
  if (found === undefined) {
    const [last, ...others] = [...endings].reverse();
    const kinds = others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
    const way = endings === ONNX ? ", and `convert` makes others of it" : "";
    throw new UsageError(`Cannot write ${path}: this command writes ${kinds}; name such a file${way}`);
  }
  await requireWritable(path);
  return found;
}
