import { withoutUndefined } from "../../options.ts";
import { int64 } from "../../tensor/tensor.ts";
import type { Calibration } from "../../compress/calibration.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import { compressed } from "./compressed_model.ts";
import type { Setting } from "./setting.ts";
import { textLosses } from "./text_losses.ts";
import type { SubjectName, TextSubject } from "./text_subject.ts";

/** A language model that is compressed and measured on texts. */
export interface PerplexitySpec {
  /** The model. */
  subject: SubjectName;
  /** How it is compressed. */
  setting: Setting;
  /** Texts that compression is calibrated on. */
  calibration: number;
  /** The first text that is measured, and how many are. */
  texts: readonly [from: number, count: number];
}

/** What became of a matrix. */
export interface MatrixLoss {
  /** Name of the weight. */
  weight: string;
  /** Mean square of the output's error, relative to the output's; absent without calibration data. */
  relativeLoss?: number;
  /** Part of it that is zero. */
  sparsity: number;
}

/** A compressed language model, measured. */
export interface PerplexityRow extends PerplexitySpec {
  /** Bits that a file has for each weight of the matrices. */
  bits: number;
  /** Mean −log p of each text's tokens, in nats. */
  losses: number[];
  /** What became of each matrix; of the dense model nothing. */
  matrices: MatrixLoss[];
}

/**
 * Compresses a subject and measures it. Pruned are as many weights as the reference implementations prune.
 */
export async function measureTexts(
  spec: PerplexitySpec,
  subject: TextSubject,
  runtime: Runtime,
): Promise<PerplexityRow> {
  const { model, bits, layers } = await compressed(subject.model, spec.setting, {
    calibration: recordsOf(subject, spec.calibration),
    runtime,
    like: "reference",
  });
  const [from, count] = spec.texts;
  return {
    ...spec,
    bits,
    losses: await textLosses(model, subject.texts.slice(from, from + count), runtime),
    matrices: layers.map(({ weight, relativeLoss, sparsity = 0 }) =>
      withoutUndefined({ weight, sparsity, relativeLoss })
    ),
  };
}

/** A text, as a decoder takes it. */
export const recordOf = (ids: readonly number[]): Tensors => ({
  input_ids: int64([...ids], [1, ids.length]),
});

/** Texts to calibrate on. */
export const recordsOf = ({ calibration }: TextSubject, count: number): Calibration =>
  calibration.slice(0, count).map(recordOf);
