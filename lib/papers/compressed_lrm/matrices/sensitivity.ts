import { linearLayers } from "../../../compress/linear_layers.ts";
import { compress } from "../../../compress/compress.ts";
import { isDecoderMatrix } from "../../../lm/compress_language_model.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { textLosses } from "../text_losses.ts";
import type { SubjectName, TextSubject } from "../text_subject.ts";

/** One matrix after the other is rounded alone. */
export interface SensitivitySpec {
  /** The model. */
  subject: SubjectName;
  /** Bits that a matrix is rounded to. */
  bits: number;
  /** The first text that is measured, and how many are. */
  texts: readonly [from: number, count: number];
}

/** What rounding one matrix alone does. */
export interface SensitivityRow extends SensitivitySpec {
  /** Name of the weight. */
  weight: string;
  /** Numbers in it. */
  size: number;
  /** By how much the mean −log p of each text's tokens grows, in nats. */
  losses: number[];
}

/** Rounds each matrix alone to the nearest level of its rows' grids, and measures what that does. */
export async function measureSensitivity(
  spec: SensitivitySpec,
  subject: TextSubject,
  runtime: Runtime,
): Promise<SensitivityRow[]> {
  const [from, count] = spec.texts;
  const texts = subject.texts.slice(from, from + count);
  const dense = await textLosses(subject.model, texts, runtime);
  const rows: SensitivityRow[] = [];
  for (const { weight, rows: height, columns } of linearLayers(subject.model)) {
    if (!isDecoderMatrix(weight)) continue;
    const { model } = await compress(subject.model, {
      method: "rtn",
      bits: spec.bits,
      layers: (name) => name === weight,
    });
    const losses = await textLosses(model, texts, runtime);
    rows.push({ ...spec, weight, size: height * columns, losses: losses.map((loss, i) => loss - dense[i]!) });
  }
  return rows;
}
