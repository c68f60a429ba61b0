import { statIfFound } from "../files/not_found.ts";
import { filesOfModel } from "../io/files_of_model.ts";
import { dirname } from "../node.ts";
import { asPath, isAddress, sourceKind } from "./source_kind.ts";

/**
 * The files of this machine that a model is read from, those that hold its tensors too; none of a folder, of
 * what is elsewhere, and of what is not there.
 */
export async function sourceFiles(source: string): Promise<string[]> {
  const path = asPath(source);
  if (isAddress(source) || !statIfFound(path)?.isFile) return [];
  // What is no model after all is read later, which says so.
  return await sourceKind(path) === "onnx" ? await filesOfModel(path).catch(() => [path]) : [path];
}

/** Bytes of the files that a model is read from; `undefined` where they are not told, as of folders. */
export async function sourceBytes(source: string): Promise<number | undefined> {
  const files = await sourceFiles(source);
  return files.length === 0
    ? undefined
    : files.reduce((sum, file) => sum + (statIfFound(file)?.size ?? 0), 0);
}

/** Whether a file is one that a model is read from, by whichever names and links; of a folder, all in it. */
export async function isOfSource(file: string, source: string): Promise<boolean> {
  if (!statIfFound(file)) return false;
  const [path, real] = [asPath(source), Deno.realPathSync(file)];
  if (!isAddress(source) && statIfFound(path)?.isDirectory) {
    const folder = Deno.realPathSync(path);
    // A link in it may lead elsewhere, as in a snapshot of Hugging Face's cache.
    return [real, `${Deno.realPathSync(dirname(file))}/`].some((place) =>
      place.startsWith(folder) && /[/\\]/.test(place.charAt(folder.length))
    );
  }
  const files = await sourceFiles(source);
  return files.some((each) => statIfFound(each) && Deno.realPathSync(each) === real);
}
