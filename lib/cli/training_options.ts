import type { Loss } from "../train/losses.ts";
import { requireWritable } from "../files/replace_files.ts";
import { savingOf } from "../train/fit/setup.ts";
import { type CliOption, type Given, meant, UsageError } from "./command.ts";
import { lossOf, lossOption } from "./loss_option.ts";
import { isOfSource } from "./source_files.ts";
import { numberOf, seedOf, textOf, wholeOf } from "./values.ts";

/** Options of commands that train, so many epochs where nothing is typed. */
export const trainingOptions = ({ epochs }: { epochs: number }): readonly CliOption[] => [
  { flags: "--epochs <count>", about: `times that the data are gone through; default ${epochs}` },
  lossOption("what is minimised"),
  { flags: "--rate <rate>", about: "highest learning rate; default 0.01" },
  { flags: "--batch-size <count>", about: "examples a step; default 128, or what the model fixes" },
  { flags: "--checkpoint <file>", about: "where to save after each epoch, and to go on from" },
  { flags: "--seed <seed>", about: "seed of the order of examples; default 0" },
];

/** How to train, as far as it was typed. */
export interface TypedTraining {
  /** Times that the data are gone through. */
  epochs: number | undefined;
  /** What is minimised. */
  loss: Loss | undefined;
  /** Highest learning rate. */
  rate: number | undefined;
  /** Examples a step. */
  batchSize: number | undefined;
  /** File where the run is saved, and goes on from. */
  checkpoint: string | undefined;
  /** Seed of the order of examples; 0 where none was typed. */
  seed: number;
}

/** What was typed of {@linkcode trainingOptions}. */
export const trainingOf = (given: Given): TypedTraining => ({
  epochs: wholeOf(given, "epochs", { from: 1 }),
  loss: lossOf(given),
  rate: numberOf(given, "rate", { above: 0 }),
  batchSize: wholeOf(given, "batchSize", { from: 1 }),
  checkpoint: textOf(given, "checkpoint"),
  seed: seedOf(given),
});

/**
 * Refuses a file for a checkpoint in which none could be saved, before there is one to save.
 *
 * @param source what is read, which a checkpoint would take the place of
 * @throws {UsageError} where it is of the source, or its name promises something else
 * @throws {Error} where it cannot be written to
 */
export async function requireCheckpoint(given: Given, source: string): Promise<void> {
  const path = textOf(given, "checkpoint");
  if (path === undefined) return;
  meant(() => savingOf(path));
  if (await isOfSource(path, source)) {
    throw new UsageError(`Cannot save a checkpoint in ${path}: ${source} is read from it; name another file`);
  }
  await requireWritable(path, "checkpoint");
}

/**
 * Refuses what is said of a training that there is not.
 *
 * @throws {UsageError} naming the first such option
 */
export function refuseTraining(given: Given): void {
  const flags = trainingOptions({ epochs: 1 }).map((option) => option.flags.split(" ")[0]!);
  const typed = flags.find((flag) => given[nameOf(flag)] !== undefined);
  if (typed === undefined) return;
  throw new UsageError(
    `Cannot train without data: ${typed} is for the training on --data; name some, or leave ${typed} out`,
  );
}

/** The name under which an option is given: `batchSize` of `--batch-size`. */
const nameOf = (flag: string): string =>
  flag.slice(2).replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
