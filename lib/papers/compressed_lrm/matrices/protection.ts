import { allocate } from "../../../compress/allocation/allocate.ts";
import { compress } from "../../../compress/compress.ts";
import { isDecoderMatrix } from "../../../lm/compress_language_model.ts";
import { seededRandom } from "../../../random.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { mean } from "../../../statistics/describe.ts";
import { lastLayer } from "./matrix_name.ts";
import { recordsOf } from "../perplexity.ts";
import type { SensitivityRow } from "./sensitivity.ts";
import { FLOAT_BITS } from "../setting.ts";
import { textLosses } from "../text_losses.ts";
import type { SubjectName, TextSubject } from "../text_subject.ts";

/**
 * What stays at 16 bits: nothing; the last layer's MLP; as many weights, in the matrices that cost the most
 * or the least to round, weight by weight, or by lot; or nothing, with the bytes spent on more bits.
 */
export type ProtectionRule = "nothing" | "last" | "most" | "least" | "random" | "bits";

/** Matrices kept at 16 bits by several rules, the others rounded by GPTQ. */
export interface ProtectionSpec {
  /** The model. */
  subject: SubjectName;
  /** Bits that the others are rounded to. */
  bits: number;
  /** How many choices are drawn by lot. */
  draws: number;
  /** Texts that are measured. */
  texts: readonly [from: number, count: number];
}

/** A model some of whose matrices were kept, measured. */
export interface ProtectionRow extends ProtectionSpec {
  /** By which rule they were. */
  rule: ProtectionRule;
  /** Which draw it is, of the rule by lot. */
  draw: number;
  /** Names of the weights that were kept. */
  kept: string[];
  /** Part of all weights that was. */
  share: number;
  /** Bits of a weight in the mean, scales not counted. */
  spent: number;
  /** Mean −log p of each text's tokens, in nats. */
  losses: number[];
}

/** The sensitive matrices and their numbers. */
type Matrices = readonly Pick<SensitivityRow, "weight" | "size" | "losses">[];

/**
 * Keeps matrices by each rule and measures what is left.
 *
 * @param alone what each matrix costs, rounded alone on other texts
 */
export async function measureProtection(
  spec: ProtectionSpec,
  subject: TextSubject,
  alone: Matrices,
  runtime: Runtime,
): Promise<ProtectionRow[]> {
  const [from, count] = spec.texts;
  const texts = subject.texts.slice(from, from + count);
  const total = sizeOf(alone);
  const rows: ProtectionRow[] = [];
  for (const { rule, draw, kept, widths } of plans(alone, spec)) {
    const names = new Set(kept.map(({ weight }) => weight));
    const { model } = await compress(subject.model, {
      ...{ method: "gptq", calibration: recordsOf(subject, 64), runtime, bits: widths },
      layers: isDecoderMatrix, // what has no bits stays as it is
    });
    const spent = alone.reduce((sum, { weight, size }) => sum + size * (widths[weight] ?? FLOAT_BITS), 0);
    rows.push({
      ...{ ...spec, rule, draw, kept: [...names], share: sizeOf(kept) / total, spent: spent / total },
      losses: await textLosses(model, texts, runtime),
    });
  }
  return rows;
}

/** What is kept by a rule, and the bits of the rest. */
interface Plan {
  rule: ProtectionRule;
  draw: number;
  kept: Matrices;
  widths: Record<string, number>;
}

/** The choices of all rules: none keeps more weights, or takes more bytes, than the last layer's MLP does. */
export function plans(alone: Matrices, { bits, draws }: Pick<ProtectionSpec, "bits" | "draws">): Plan[] {
  const names = alone.map(({ weight }) => weight);
  const last = alone.filter(({ weight }) => weight.startsWith(`model.layers.${lastLayer(names)}.mlp.`));
  const room = sizeOf(last);
  const costly = alone.toSorted((a, b) => density(b) - density(a));
  const choices: [ProtectionRule, number, Matrices][] = [
    ["nothing", 0, []],
    ["last", 0, last],
    ["most", 0, fitting(costly, room)],
    ["least", 0, fitting(costly.toReversed(), room)],
    ...Array.from({ length: draws }, (_, draw): [ProtectionRule, number, Matrices] => {
      const order = seededRandom(draw, "protection").permutation(alone.length);
      return ["random", draw, fitting(Array.from(order, (i) => alone[i]!), room)];
    }),
  ];
  return [
    ...choices.map(([rule, draw, kept]) => ({ rule, draw, kept, widths: others(alone, kept, bits) })),
    {
      rule: "bits",
      draw: 0,
      kept: [],
      widths: spread(alone, bits * (sizeOf(alone) - room) + FLOAT_BITS * room, bits),
    },
  ];
}

/** What a weight of a matrix costs. */
const density = ({ losses, size }: Matrices[number]): number => mean(losses) / size;

const sizeOf = (matrices: Matrices): number => matrices.reduce((sum, { size }) => sum + size, 0);

/** In their order those that there is still room for. */
function fitting(order: Matrices, room: number): Matrices {
  let left = room;
  return order.filter(({ size }) => {
    if (size > left) return false;
    left -= size;
    return true;
  });
}

/** The bits of all matrices that are not kept. */
function others(alone: Matrices, kept: Matrices, bits: number): Record<string, number> {
  return Object.fromEntries(
    alone.filter((one) => !kept.includes(one)).map(({ weight }) => [weight, bits]),
  );
}

/** A budget of bits spent where it saves the most, were each bit more to leave a quarter of the cost. */
function spread(alone: Matrices, budget: number, bits: number): Record<string, number> {
  const choices = Object.fromEntries(alone.map(({ weight, size, losses }) => [
    weight,
    Array.from({ length: 9 - bits }, (_, more) => ({
      format: `${bits + more}`,
      bits: size * (bits + more),
      loss: Math.max(0, mean(losses)) * 4 ** -more,
    })),
  ]));
  const { formats } = allocate(choices, budget);
  return Object.fromEntries(Object.entries(formats).map(([weight, width]) => [weight, Number(width)]));
}
