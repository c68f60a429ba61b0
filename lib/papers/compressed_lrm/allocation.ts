import { allocate, type AllocationRule } from "../../compress/allocation/allocate.ts";
import { choicesIn, measureChoices } from "../../compress/allocation/choices.ts";
import { gridFormats } from "../../compress/allocation/formats.ts";
import { compress } from "../../compress/compress.ts";
import type { MethodName } from "../../compress/methods/methods.ts";
import { isDecoderMatrix } from "../../lm/compress_language_model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { recordOf, recordsOf } from "./perplexity.ts";
import { textLosses } from "./text_losses.ts";
import type { SubjectName, TextSubject } from "./text_subject.ts";

/** Bits given to matrices by several rules, at one budget. */
export interface AllocationSpec {
  /** The model. */
  subject: SubjectName;
  /** Bits of a weight in the mean, scales not counted: they are the same for all. */
  budget: number;
  /** How many random allocations are drawn. */
  draws: number;
  /** Methods that round. */
  methods: readonly MethodName[];
  /** Texts on which matrices are tried out. */
  held: readonly [from: number, count: number];
  /** Texts that are measured. */
  texts: readonly [from: number, count: number];
}

/** A model whose matrices have bits by a rule, measured. */
export interface AllocationRow extends AllocationSpec {
  /** The rule. */
  rule: AllocationRule;
  /** Which draw it is, of the random rule. */
  draw: number;
  /** Method that rounds. */
  method: MethodName;
  /** Bits of a weight that the rule spent. */
  bits: number;
  /** Bits of each matrix. */
  widths: Record<string, number>;
  /** Mean −log p of each text's tokens, in nats. */
  losses: number[];
}

/** Widths that a matrix can have. */
const WIDTHS = [2, 3, 4, 5, 6, 8];

/**
 * Measures what widths cost each matrix, spends the budget by each rule, and measures each result. The rules
 * that measure nothing are drawn and rounded to the nearest alone.
 */
export async function measureAllocations(
  spec: AllocationSpec,
  subject: TextSubject,
  runtime: Runtime,
): Promise<AllocationRow[]> {
  const { budget, draws, methods } = spec;
  const calibration = recordsOf(subject, 64);
  const [held, texts] = [spec.held, spec.texts].map(([from, count]) =>
    subject.texts.slice(from, from + count)
  );
  const measured = await measureChoices(subject.model, {
    formats: gridFormats(WIDTHS),
    probe: "3",
    calibration,
    held: held!.map(({ ids }) => recordOf(ids)),
    layers: isDecoderMatrix,
    runtime,
  });
  const { choices, size } = choicesIn(measured);
  const rules: readonly (readonly [AllocationRule, number])[] = [
    ["uniform", 0],
    ["calibrated", 0],
    ["leastSensitive", 0],
    ...Array.from({ length: draws }, (_, draw) => ["random", draw] as const),
  ];
  const rows: AllocationRow[] = [];
  for (const [rule, draw] of rules) {
    const { formats, bits } = allocate(choices, budget * size, { rule, seed: draw });
    const widths = Object.fromEntries(Object.entries(formats).map(([name, width]) => [name, Number(width)]));
    for (const method of rule === "uniform" || rule === "calibrated" ? methods : methods.slice(0, 1)) {
      const { model } = await compress(subject.model, {
        ...{ method, calibration, runtime },
        bits: widths,
        layers: isDecoderMatrix,
      });
      const losses = await textLosses(model, texts!, runtime);
      rows.push({ ...spec, rule, draw, method, bits: bits / size, widths, losses });
    }
  }
  return rows;
}
