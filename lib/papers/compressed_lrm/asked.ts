import type { Calibration } from "../../compress/calibration.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { int64 } from "../../tensor/tensor.ts";
import { type Answers, answersOf } from "./answer.ts";
import { exam, lessonRow, type World } from "./language.ts";
import { LESSON_LENGTH, probeOptions, type ProbeSpec, worldOf } from "./probe.ts";
import { compressed, type Setting } from "./setting.ts";

/** A probe that is compressed and examined. */
export interface AskedSpec extends ProbeSpec {
  /** How it is compressed. */
  setting: Setting;
  /** Items of each question. */
  items: number;
  /** Rows of lessons that compression is calibrated on. */
  calibration: number;
}

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

/** Rows of lessons that training has not seen: facts and chains, questions with their answers. */
export function lessonsFor(
  facts: World,
  { seed, calibration }: Pick<AskedSpec, "seed" | "calibration">,
): Calibration {
  const random = seededRandom(seed, "calibration");
  return Array.from({ length: calibration }, () => ({
    input_ids: int64(lessonRow(random, facts, LESSON_LENGTH).ids, [1, LESSON_LENGTH]),
  }));
}
