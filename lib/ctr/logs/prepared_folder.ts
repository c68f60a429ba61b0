import { Error } from "../../errors.ts";
import { existsSync, rename, rm } from "../../node.ts";
import { filesDigest } from "../../files/digest.ts";
import { parseJsonFile, readJsonFile, writeJsonFile } from "../../files/json_file.ts";
import { count, fields, list, type Schema, text } from "../../files/schema.ts";
import type { PreparedLog } from "./prepare_log.ts";

/** What lies in a prepared log's folder, in the order in which it takes an older one's place. */
const CONTENT = ["vocabularies", "train.parquet", "validation.parquet", "test.parquet", "log.json"];

/** Contents of log.json. */
export interface Manifest {
  /** Files and settings, as JSON. */
  fingerprint: string;
  /** The log, where it is there as a whole. */
  log?: PreparedLog;
}

/** Files and settings are compared one by one, so they are JSON in the file's JSON. */
const fingerprint: Schema = (value, at) => {
  const problem = text(value, at);
  if (problem !== undefined) return problem;
  try {
    return fields({})(JSON.parse(value as string), at);
  } catch {
    return `${at} should be JSON`;
  }
};

const MANIFEST = fields({ fingerprint }, {
  log: fields({
    folder: text,
    fields: list(fields({ name: text, size: count })),
    rows: fields({ train: count, validation: count, test: count }),
  }, { vocabularies: text }),
});

/** What a folder says of the log in it; nothing where there is none. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  return await readJsonFile<Manifest>(`${folder}/log.json`, MANIFEST);
}

/** {@linkcode readManifest} for the text of `log.json`; `path` is what messages call it. */
export function parseManifest(text: string, path: string): Manifest {
  return parseJsonFile<Manifest>(text, path, MANIFEST);
}

/** Writes what a folder says of the log in it. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeJsonFile(`${folder}/log.json`, manifest, "log");
}

/** Throws Error where a log would take the place of something that nobody gave up. */
export function requireReplaceable(
  folder: string,
  { known, begun, fingerprint, replace }: {
    known: Manifest | undefined;
    begun: Manifest | undefined;
    fingerprint: string;
    replace: boolean;
  },
): void {
  if (known?.log && !replace) {
    const [old, own] = [JSON.parse(known.fingerprint), JSON.parse(fingerprint)];
    const other = Object.keys(own).filter((key) => JSON.stringify(own[key]) !== JSON.stringify(old[key]));
    throw new Error(
      `Cannot prepare a log in ${folder}: it holds one that is not the same (${
        other.join(", ")
      }; a file that ` +
        "was written again is another one); name another folder, or, where no model needs the vocabularies of " +
        "the old log any more, say `replace: true`",
    );
  }
  if (known || begun) return;
  const foreign = CONTENT.find((name) => existsSync(`${folder}/${name}`));
  if (foreign !== undefined) {
    throw new Error(
      `Cannot prepare a log in ${folder}: its ${foreign} is of no prepared log and would be lost; name another ` +
        "folder",
    );
  }
}

/** Moves a whole log into a folder, in place of an older one; goes on where it was killed. */
export async function takePlace(built: string, folder: string): Promise<void> {
  // Without log.json nobody takes what is half the old log and half the new one for either.
  await rm(`${folder}/log.json`, { force: true });
  for (const name of CONTENT) {
    if (!existsSync(`${built}/${name}`)) continue; // moved before the call was killed
    await rm(`${folder}/${name}`, { recursive: true, force: true });
    await rename(`${built}/${name}`, `${folder}/${name}`);
  }
  await rm(built, { recursive: true });
}

/** SHA-256 of the vocabularies' files, one after the other, in hexadecimal digits. */
export async function digestVocabularies(folder: string, fields: number): Promise<string> {
  return await filesDigest(Array.from({ length: fields }, (_, f) => `${folder}/vocabularies/${f}.parquet`));
}
