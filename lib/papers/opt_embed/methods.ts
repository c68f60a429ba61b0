import { autoDim } from "../../ctr/methods/auto_dim.ts";
import { autoField } from "../../ctr/methods/auto_field.ts";
import { magnitude } from "../../ctr/methods/magnitude.ts";
import { pep } from "../../ctr/methods/pep.ts";
import { quotientRemainder } from "../../ctr/methods/quotient_remainder.ts";
import { frequency } from "../../ctr/methods/frequency.ts";
import type { TableMethod } from "../../ctr/methods/method.ts";
import { optEmbed, type OptEmbedOptions } from "../../ctr/methods/opt_embed.ts";
import { plain } from "../../ctr/methods/plain.ts";
import { randomRows } from "../../ctr/methods/random_rows.ts";
import type { BaseSpec } from "./run.ts";

/** Who is compared. */
export type MethodName =
  | "plain"
  | "OptEmbed"
  | "OptEmbed with a cost"
  | "OptEmbed-E"
  | "OptEmbed-D"
  | "frequency"
  | "random rows"
  | "magnitude"
  | "PEP"
  | "QR hashing"
  | "AutoField"
  | "AutoDim";

/** Surroundings that a method may ask for beside the spec. */
export interface Given {
  /** Rows that OptEmbed kept with the same seed. */
  rows: number;
  /** Share of the table's numbers that it kept. */
  share: number;
}

/** Area under the curve that the search gives up for the whole table, where it counts numbers at all. */
const COST = 0.03;

/** The settings of OptEmbed in a spec. */
export function optEmbedOptions({ supernet }: Pick<BaseSpec, "supernet">): OptEmbedOptions {
  const { weightDecay, epochs, thresholdRate, alpha, generations } = supernet;
  return { thresholdRate, alpha, generations, supernet: { weightDecay, epochs } };
}

/** Every method, made from a spec. */
export const METHODS: Readonly<
  Record<MethodName, (spec: Pick<BaseSpec, "supernet">, given: Given) => TableMethod>
> = {
  "plain": () => plain(),
  "OptEmbed": (spec) => optEmbed(optEmbedOptions(spec)),
  "OptEmbed with a cost": (spec) => optEmbed({ ...optEmbedOptions(spec), budget: { cost: COST } }),
  "OptEmbed-E": ({ supernet: { weightDecay, epochs, thresholdRate, alpha } }) =>
    optEmbed({ mode: "feature", thresholdRate, alpha, supernet: { weightDecay, epochs } }),
  "OptEmbed-D": ({ supernet: { weightDecay, epochs, generations } }) =>
    optEmbed({ mode: "embed", generations, supernet: { weightDecay, epochs } }),
  "frequency": (_, { rows }) => frequency({ rows }),
  "random rows": (_, { rows }) => randomRows({ rows }),
  "magnitude": (_, { share }) => magnitude({ share }),
  "PEP": (_, { share }) => pep({ share, start: -4 }),
  "QR hashing": () => quotientRemainder(),
  "AutoField": () => autoField(),
  "AutoDim": () => autoDim(),
};

/** Methods that are told what OptEmbed kept. */
export const NEEDS_SIZE: ReadonlySet<MethodName> = new Set(["frequency", "random rows", "magnitude", "PEP"]);
