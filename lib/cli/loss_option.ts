import {
  binaryCrossEntropy,
  crossEntropy,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
} from "../train/losses.ts";
import type { CliOption, Given } from "./command.ts";
import { wordOf } from "./values.ts";

/** Losses by their names on the command line. */
const LOSSES: Readonly<Record<string, () => Loss>> = {
  "cross-entropy": crossEntropy,
  "binary-cross-entropy": binaryCrossEntropy,
  "squared-error": meanSquaredError,
  "absolute-error": meanAbsoluteError,
};

/** The option that names a loss, with what it does in the command. */
export const lossOption = (does: string): CliOption => ({
  flags: "--loss <name>",
  about: `${does}: cross-entropy with labels of examples, or of each pixel; binary-cross-entropy, ` +
    "squared-error or absolute-error with targets of the output's shape; default cross-entropy",
});

/** The loss that was named; undefined where none was. */
export const lossOf = (given: Given): Loss | undefined =>
  LOSSES[wordOf(given, "loss", Object.keys(LOSSES)) ?? ""]?.();
