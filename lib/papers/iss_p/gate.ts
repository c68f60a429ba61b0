import { mean } from "../../statistics/describe.ts";
import type { Row } from "./train_and_test.ts";

/** One thing that the gate asks, and the answer. */
export interface GateCheck {
  what: string;
  required: string;
  measured: number;
  passed: boolean;
}

/** Gain over one-shot pruning and over bicubic interpolation that earlier implementations exceeded with every seed, in dB, and kept weights. */
const LEAST = { overOneShot: 0.1, overBicubic: 1, kept: 956 } as const;

/**
 * The acceptance gate: soft shrinkage with α 0.99 against one-shot pruning at sparsity 0.9, the means over the seeds that
 * both have. Empty where no seed has both.
 */
export function gate(rows: readonly Row[], bicubic: number): GateCheck[] {
  const of = (method: Row["method"], alpha?: number) =>
    rows.filter((row) => row.method === method && row.sparsity === 0.9 && row.alpha === alpha);
  const shots = of("one-shot");
  const seeds = new Set(shots.map(({ seed }) => seed));
  const soft = of("iss-p", 0.99).filter(({ seed }) => seeds.has(seed));
  if (soft.length === 0) return [];
  const paired = shots.filter(({ seed }) => soft.some((row) => row.seed === seed));
  const overOneShot = mean(soft.map(({ psnr }) => psnr)) - mean(paired.map(({ psnr }) => psnr));
  const overBicubic = mean(soft.map(({ psnr }) => psnr)) - bicubic;
  return [
    {
      what: "ISS-P over dense, then one-shot L1 (dB)",
      required: `at least ${LEAST.overOneShot}`,
      measured: overOneShot,
      passed: overOneShot >= LEAST.overOneShot,
    },
    {
      what: "ISS-P over bicubic (dB)",
      required: `at least ${LEAST.overBicubic}`,
      measured: overBicubic,
      passed: overBicubic >= LEAST.overBicubic,
    },
    {
      what: "weights kept",
      required: `${LEAST.kept}`,
      measured: soft[0]!.kept,
      passed: soft.every(({ kept }) => kept === LEAST.kept),
    },
  ];
}
