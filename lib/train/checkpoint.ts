import { withoutUndefined } from "../options.ts";
import { requireRegular } from "../files/read_file.ts";
import { Error, SyntaxError } from "../errors.ts";
import { readFile } from "../node.ts";
import { count, dictionary, fields, list, number, requireShape, text } from "../files/schema.ts";
import { replaceFile } from "../files/replace_files.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { Tensors } from "../runtime/runtime.ts";
import type { EpochRow } from "./history.ts";

/** Everything that is needed to go on with a run as if it had not stopped. */
export interface Checkpoint {
  /** The run that it is of, by its model, data and settings; see {@linkcode fingerprint}. */
  fingerprint: string;
  /** SHA-256 of each part of what the run depends on, by its name in words; older files have none. */
  parts?: Readonly<Record<string, string>>;
  /** Steps done. All randomness follows from it and the seed. */
  step: number;
  /** Losses of the epoch that `step` is in, summed, and how many examples they are of. */
  running: { loss: number; examples: number };
  /** Losses since the last look of who watches the run, summed, and of how many steps. */
  unseen: { loss: number; steps: number };
  /** The rates that the steps so far had, at some of them: the schedule must still give them. */
  rates: [step: number, rate: number][];
  /** One row per epoch done. */
  history: EpochRow[];
  /** Weights, statistics, optimizer state, averages, by the names of the training step's inputs. */
  state: Tensors;
  /** The weights that did best on the validation data, and how well. */
  best?: { epoch: number; score: number; weights: Tensors } | undefined;
  /** Decisions so far of a method that makes weights zero: see {@linkcode Sparsifier.saved}. */
  sparse?: Tensors | undefined;
  /** `true` where the file that it was read from is of an older version, which carries no checksum. */
  withoutChecksum?: true;
}

/** The version of this layout, which is the version of the promise to read it. */
const FORMAT = "espalier training checkpoint 1";

/** What a checkpoint holds beside tensors. */
const RECORD = fields({
  fingerprint: text,
  step: count,
  running: fields({ loss: number, examples: count }),
  rates: list(list(number)),
  history: list(fields({ epoch: number, step: count, rate: number, loss: number }, {
    validationLoss: number,
    validationAccuracy: number,
    score: number,
  })),
}, {
  parts: dictionary(text),
  unseen: fields({ loss: number, steps: count }),
  best: fields({ epoch: count, score: number }),
});

const STATE = "state/";
const BEST = "best/";
const SPARSE = "sparse/";

/**
 * Writes a checkpoint as ONE safetensors file: first beside it, down to the disk, then by renaming. Whenever
 * the process or the machine stops, the path holds the last checkpoint or the one before, whole.
 *
 * @throws Error where it cannot be written
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { state, best, sparse = {}, withoutChecksum: _, ...rest } = checkpoint;
  const tensors = {
    ...prefixed(STATE, state),
    ...prefixed(BEST, best?.weights ?? {}),
    ...prefixed(SPARSE, sparse),
  };
  const record = { ...rest, best: best && { epoch: best.epoch, score: best.score } };
  const bytes = encodeSafetensors(tensors, {
    metadata: { format: FORMAT, record: JSON.stringify(record) },
    checksum: true,
  });
  await replaceFile(path, bytes, "checkpoint");
}

/**
 * The checkpoint at a path, or nothing where there is no file.
 *
 * @throws SyntaxError where the file is no whole checkpoint, Error where it cannot be read
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let bytes: Uint8Array;
  try {
    // A plain array: `slice` of Node's Buffer shares memory instead of copying.
    await requireRegular(path);
    const { buffer, byteOffset, byteLength } = await readFile(path);
    bytes = new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw new Error(`Cannot resume from ${path}: ${(error as Error).message}; name a checkpoint file`, {
      cause: error,
    });
  }
  return decodeTrainingCheckpoint(bytes, path);
}

/**
 * The checkpoint in the bytes of a file.
 *
 * @throws SyntaxError where it is no whole checkpoint, naming the field that is not as it should be
 */
export function decodeTrainingCheckpoint(bytes: Uint8Array, path: string): Checkpoint {
  const { tensors, metadata, checked } = decodeSafetensors(bytes, path);
  if (metadata.format !== FORMAT || metadata.record === undefined) {
    throw new SyntaxError(
      `Cannot resume from ${path}: expected a checkpoint that fit() wrote ("${FORMAT}"), found a safetensors ` +
        `file with format "${metadata.format ?? ""}"; name another checkpoint file`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(metadata.record);
  } catch (error) {
    throw new SyntaxError(`Cannot resume from ${path}: ${(error as Error).message}; it is damaged`, {
      cause: error,
    });
  }
  const record = requireShape<Omit<Checkpoint, "state">>(RECORD, value, `resume from ${path}`);
  return withoutUndefined({
    ...record,
    // Older checkpoints do not say.
    unseen: record.unseen ?? { loss: 0, steps: 0 },
    state: unprefixed(STATE, tensors),
    sparse: unprefixed(SPARSE, tensors),
    withoutChecksum: checked ? undefined : true,
    best: record.best && { ...record.best, weights: unprefixed(BEST, tensors) },
  });
}

/** SHA-256, in hex, of files (the model, data) and of the settings that decide what the training computes. */
export async function fingerprint(
  files: readonly Uint8Array[],
  settings: readonly string[],
): Promise<string> {
  const parts = [...files, new TextEncoder().encode(settings.join("\n"))];
  const digests = new Uint8Array(32 * parts.length);
  for (const [i, part] of parts.entries()) digests.set(await sha256(part), 32 * i);
  return Array.from(await sha256(digests), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
}

function prefixed(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

function unprefixed(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
