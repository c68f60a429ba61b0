import { fileURLToPath } from "node:url";

/** The repository whose file this is; `undefined` where it came from an address. */
const ROOT = import.meta.url.startsWith("file:")
  ? fileURLToPath(new URL("../../", import.meta.url))
  : undefined;

/**
 * The folder for the files that a notebook writes, made where it is missing: `results/files/<name>` of the
 * repository, or of the folder that `reproduce --results` names; of the working folder where the library came
 * from an address.
 */
export async function resultsFolder(name: string): Promise<string> {
  const results = Deno.env.get("ESPALIER_RESULTS") ?? `${ROOT ?? `${Deno.cwd()}/`}results`;
  const folder = `${results}/files/${name}`;
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}
