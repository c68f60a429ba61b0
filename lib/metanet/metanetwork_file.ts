import { withoutUndefined } from "../options.ts";
import { SyntaxError, TypeError } from "../errors.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import { readSource, type Source } from "../formats/read_source.ts";
import { requireEnding } from "../files/require_ending.ts";
import { pathOf, replaceFile } from "../files/replace_files.ts";
import {
  completeSettings,
  type Metanetwork,
  type MetanetworkSettings,
  parametersOf,
} from "./metanetwork_parameters.ts";

/** The version of this layout, which is the version of the promise to read it. */
const FORMAT = "espalier metanetwork 1";

/**
 * Writes a metanetwork as one safetensors file, its settings in the file's metadata: whole or not at all.
 *
 * @throws TypeError where weights do not fit the settings; RangeError where the path does not end in
 * .safetensors; Error where the file cannot be written
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createMetanetwork } from "./metanetwork_parameters.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const metanetwork = createMetanetwork({ nodeFeatures: 15, edges: "taps" });
 * await saveMetanetwork(metanetwork, `${folder}/metanetwork.safetensors`);
 * assert.deepEqual(await loadMetanetwork(`${folder}/metanetwork.safetensors`), metanetwork);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function saveMetanetwork(metanetwork: Metanetwork, path: string): Promise<void> {
  const target = requireEnding(pathOf(path, "metanetwork"), {
    does: "save a metanetwork",
    endings: [".safetensors"],
  });
  await replaceFile(target, encodeMetanetwork(metanetwork), "metanetwork");
}

/**
 * The bytes of the file that {@linkcode saveMetanetwork} writes.
 *
 * @throws TypeError where weights do not fit the settings
 */
export function encodeMetanetwork(metanetwork: Metanetwork): Uint8Array {
  requireWeights(metanetwork, "save the metanetwork");
  const metadata = { format: FORMAT, settings: JSON.stringify(metanetwork.settings) };
  return encodeSafetensors(metanetwork.weights, { metadata, checksum: true });
}

/**
 * Reads a file that {@linkcode saveMetanetwork} wrote, or its bytes.
 *
 * @throws SyntaxError where it is another file; TypeError where a weight is missing or of another shape
 */
export async function loadMetanetwork(source: Source): Promise<Metanetwork> {
  const { bytes, name } = await readSource(source);
  const { tensors, metadata, checked } = decodeSafetensors(bytes, name);
  if (metadata.format !== FORMAT || metadata.settings === undefined) {
    throw new SyntaxError(
      `Cannot load a metanetwork from ${name}: expected a file that saveMetanetwork wrote ("${FORMAT}"), found a ` +
        `safetensors file with format "${metadata.format ?? ""}"`,
    );
  }
  const metanetwork: Metanetwork = withoutUndefined({
    settings: settingsIn(metadata.settings, name),
    weights: { ...tensors },
    withoutChecksum: checked ? undefined : true,
  });
  requireWeights(metanetwork, `load the metanetwork of ${name}`);
  return metanetwork;
}

function settingsIn(text: string, name: string): Metanetwork["settings"] {
  let problem: string;
  try {
    const settings: unknown = JSON.parse(text);
    if (typeof settings === "object" && settings !== null) {
      return completeSettings(settings as MetanetworkSettings);
    }
    problem = `found ${text.slice(0, 40)}`;
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new SyntaxError(
    `Cannot load a metanetwork from ${name}: expected its settings as saveMetanetwork wrote them; ${problem}`,
  );
}

/**
 * Names and shapes of parameters are the promise of a saved file. Ends at the first that is missing, so that
 * settings which ask for a million cost nothing.
 */
function requireWeights({ settings, weights }: Metanetwork, action: string): void {
  for (const [name, dims] of parametersOf(settings)) {
    const found = Object.hasOwn(weights, name) ? weights[name] : undefined;
    if (found?.type === "float32" && found.dims.join() === dims.join()) continue;
    throw new TypeError(
      `Cannot ${action}: expected "${name}" as float32[${dims.join(", ")}], found ${
        found ? `${found.type}[${found.dims.join(", ")}]` : "nothing"
      }`,
    );
  }
}
