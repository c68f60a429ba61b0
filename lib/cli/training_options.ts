import type { Loss } from "../train/losses.ts";
import { type CliOption, type Given, UsageError } from "./command.ts";
import { lossOf, lossOption } from "./loss_option.ts";
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
