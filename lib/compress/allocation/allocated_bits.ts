import { RangeError, TypeError } from "../../errors.ts";
import { allocate, type AllocationRule, requireRule } from "./allocate.ts";
import { choicesIn, measureChoices } from "./choices.ts";
import { gridFormats } from "./formats.ts";
import type { Model } from "../../onnx/model.ts";
import type { CompressOptions } from "../compress.ts";
import { pickOptions } from "../../options.ts";
import type { PerLayer } from "../settings.ts";

/** Widths that bits are allocated in. */
const WIDTHS = [2, 3, 4, 5, 6, 8] as const;

/** Where and how long it runs, and who hears of it. */
type Running = Pick<CompressOptions, "runtime" | "gpu" | "signal" | "progress">;

/** Bits for each layer, and what was measured for it. */
export interface AllocatedBits {
  /** Bits of a weight, by the layers' names. */
  bits: Record<string, number>;
  /** Mean divergence of the model's answers with a layer alone in the probe's bits, in nats. */
  sensitivities: Record<string, number>;
}

/**
 * Checks what an allocation of bits begins with, before anything is measured for it.
 *
 * @returns the mean of all weights' bits
 * @throws {TypeError} where there are no calibration data, or bits are given for each layer
 * @throws {RangeError} where there is no such rule, or the bits are fewer than the smallest width
 */
export function requireMeanBits(
  { bits, calibration = [], held = calibration }: Pick<CompressOptions, "bits" | "calibration" | "held">,
  rule: AllocationRule,
): number {
  requireRule(rule);
  if (typeof bits !== "number" || calibration.length === 0) {
    throw new TypeError(
      `Cannot allocate bits by "${rule}": expected bits, the mean of all weights, and calibration data, found ` +
        `${said(bits)} and ${calibration.length} records`,
    );
  }
  if (held.length === 0) {
    throw new TypeError(
      `Cannot allocate bits by "${rule}": expected records to compare answers on, found none in held; leave it ` +
        "out to compare on calibration",
    );
  }
  if (!(bits >= WIDTHS[0])) {
    throw new RangeError(
      `Cannot allocate ${bits} bits a weight: the smallest width takes ${WIDTHS[0]}; give at least as many`,
    );
  }
  return bits;
}

/**
 * Bits for each layer that are `bits` a weight in the mean, and never more. The folder of a `log` is there.
 *
 * @throws {TypeError} where there are no calibration data, or bits are given for each layer
 * @throws {RangeError} where the bits are fewer than the smallest width
 */
export async function allocateBits(
  model: Model,
  options: CompressOptions,
  rule: AllocationRule,
): Promise<AllocatedBits> {
  const { groupSize, symmetric, mse, calibration = [], held, layers, log, seed } = options;
  const bits = requireMeanBits(options, rule);
  const measured = await measureChoices(model, {
    formats: gridFormats(WIDTHS, { groupSize, symmetric, mse }),
    probe: String(WIDTHS.findLast((width) => width <= bits) ?? WIDTHS[0]),
    ...{ log: log === undefined ? undefined : `${log}/sensitivities.jsonl` },
    ...{ calibration, held, layers },
    ...pickOptions<Running>(options, { runtime: true, gpu: true, signal: true, progress: true }),
  });
  const { choices, size } = choicesIn(measured);
  const { formats } = allocate(choices, bits * size, { rule, seed });
  return {
    bits: Object.fromEntries(Object.entries(formats).map(([name, format]) => [name, Number(format)])),
    sensitivities: Object.fromEntries(
      Object.entries(measured).map(([name, { sensitivity }]) => [name, sensitivity]),
    ),
  };
}

const said = (bits: PerLayer | undefined): string =>
  bits === undefined ? "no bits" : typeof bits === "number" ? `${bits}` : "bits for each layer";
