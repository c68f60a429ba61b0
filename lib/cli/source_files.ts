import { statIfFound } from "../files/not_found.ts";
import { readText } from "../files/read_file.ts";
import { filesOfModel } from "../io/files_of_model.ts";
import { asPath, isAddress, sourceKind } from "./source_kind.ts";

/**
 * The files of this machine that a model is read from, those that hold its tensors too; none of what is
 * elsewhere, and of what is not there.
 */
export async function sourceFiles(source: string): Promise<string[]> {
  const path = asPath(source);
  const info = isAddress(source) ? undefined : statIfFound(path);
  if (info?.isDirectory) return await filesOfFolder(path);
  if (!info?.isFile) return [];
  // What is no model after all is read later, which says so.
  return await sourceKind(path) === "onnx" ? await filesOfModel(path).catch(() => [path]) : [path];
}

/** What a language model in a folder of Hugging Face's is read from: settings, and the parts of its index. */
async function filesOfFolder(folder: string): Promise<string[]> {
  const index = `${folder}/model.safetensors.index.json`;
  const listed = statIfFound(index)?.isFile
    ? (await readText(index)).match(/[^"]+\.safetensors(?=")/g)
    : null;
  const settings = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".json")
  );
  const files = [...settings, ...new Set(listed ?? ["model.safetensors"])];
  return files.map((name) => `${folder}/${name}`).filter((file) => statIfFound(file)?.isFile);
}

/** Bytes of the files that a model is read from; `undefined` where there are none of this machine. */
export async function sourceBytes(source: string): Promise<number | undefined> {
  const files = await sourceFiles(source);
  return files.length === 0
    ? undefined
    : files.reduce((sum, file) => sum + (statIfFound(file)?.size ?? 0), 0);
}

/** Whether a file is one that a model is read from, by whichever names and links. */
export async function isOfSource(file: string, source: string): Promise<boolean> {
  if (!statIfFound(file)) return false;
  const real = Deno.realPathSync(file);
  return (await sourceFiles(source)).some((each) => statIfFound(each) && Deno.realPathSync(each) === real);
}
