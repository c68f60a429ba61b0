import { requireWritable } from "../files/replace_files.ts";
import { UsageError } from "./command.ts";
import { isOfSource } from "./source_files.ts";

/** Ends of the names of files that most commands write. */
const ONNX = [".onnx"] as const;

/**
 * Refuses a file that could not be written, before the work that it is to hold: by the end of its name, by
 * what is there already, and by a file that is made beside it and taken away again.
 *
 * @param source what is read for it, and is not to be lost: one of its files is refused, by whichever name
 * @param endings what its name may end in
 * @param beside other files that are written with it; an .onnx may have one of data
 * @returns the ending
 * @throws {UsageError} where the name says that it is to be something else, or it is of the source
 * @throws {Error} where it is a folder or a device, or its folder is not there or cannot be written to
 */
export async function requireOutput(
  path: string,
  source: string,
  endings: readonly string[] = ONNX,
  beside: readonly string[] = [],
): Promise<string> {
  if (/^(?:https?|data|blob|file):/.test(path)) {
    throw new UsageError(`Cannot write ${path}: it is an address; name a file of this machine by its path`);
  }
  const found = endings.find((end) => path.toLowerCase().endsWith(end));
  if (found === undefined) {
    const [last, ...others] = [...endings].reverse();
    const kinds = others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
    const way = endings === ONNX ? ", and `convert` makes others of it" : "";
    throw new UsageError(`Cannot write ${path}: this command writes ${kinds}; name such a file${way}`);
  }
  await requireWritable(path);
  for (const file of [path, ...found === ".onnx" ? [`${path}.data`] : [], ...beside]) {
    if (!await isOfSource(file, source)) continue;
    const what = file === path ? "it is the file that is read" : `it is a file that ${source} is read from`;
    throw new UsageError(`Cannot write ${file}: ${what}, and would be lost; name another file`);
  }
  return found;
}
