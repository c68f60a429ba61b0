import type { Calibration } from "../../compress/calibration.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { int64 } from "../../tensor/tensor.ts";
import { type Answers, answersOf } from "./answer.ts";
import { exam, lessonRow, SYMBOLS, type World } from "./language.ts";
import { LESSON_LENGTH, probeOptions, type ProbeSpec, worldOf } from "./probe.ts";
import { compressed } from "./compressed_model.ts";
import type { Setting } from "./setting.ts";

/** A probe that is compressed and examined. */
export interface AskedSpec extends ProbeSpec {
  /** How it is compressed. */
  setting: Setting;
  /** Items of each question. */
  items: number;
  /** What compression is calibrated on. */
  text: CalibrationText;
  /** Rows of it. */
  calibration: number;
}

/**
 * What compression is calibrated on: lessons as in training, facts or chains alone, or tokens drawn at
 * random, which say nothing.
 */
export type CalibrationText = "lessons" | "facts" | "chains" | "noise";

/** What a compressed probe answered to one question's items. */
export interface AskedRow extends AskedSpec, Answers {
  /** Bits that a file has for each weight of its matrices. */
  bits: number;
}

/** Compresses a probe, and asks it everything. */
export async function askCompressed(whole: Model, spec: AskedSpec, runtime: Runtime): Promise<AskedRow[]> {
  const facts = worldOf(spec);
  const calibration = lessonsFor(facts, spec);
  const { model, bits } = await compressed(whole, spec.setting, { calibration, runtime });
  const items = exam(facts, spec);
  const answers = await answersOf(model, probeOptions(spec), items, runtime);
  return answers.map((own) => ({ ...spec, bits, ...own }));
}

/** Rows that training has not seen, with questions and their answers. */
function lessonsFor(
  facts: World,
  { seed, text, calibration }: Pick<AskedSpec, "seed" | "text" | "calibration">,
): Calibration {
  const random = seededRandom(seed, "calibration", text);
  const row = (): number[] =>
    text === "noise"
      ? Array.from({ length: LESSON_LENGTH }, () => random.integer(SYMBOLS.length))
      : lessonRow(random, facts, LESSON_LENGTH, text).ids;
  return Array.from({ length: calibration }, () => ({ input_ids: int64(row(), [1, LESSON_LENGTH]) }));
}
