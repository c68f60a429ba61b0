import { RangeError } from "../../errors.ts";
import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";
import { assl } from "../../sparse/methods/assl.ts";
import { iht } from "../../sparse/methods/iht.ts";
import { issP } from "../../sparse/methods/iss_p.ts";
import { issR } from "../../sparse/methods/iss_r.ts";
import { type NetworkName, NETWORKS } from "./networks.ts";
import type { SparseMethod } from "../../sparse/method.ts";
import { oneShotL1 } from "../../sparse/methods/one_shot_l1.ts";
import { randomMask } from "../../sparse/methods/random_mask.ts";
import { srp } from "../../sparse/methods/srp.ts";

/** Settings for building a method. */
export interface MethodOptions {
  /** Network that is pruned. */
  network: NetworkName;
  /** Share of each layer that goes, 0 to 1. */
  sparsity: number;
  /** Steps of structure learning. */
  pruningSteps: number;
  /** Factor α of soft shrinkage. Default: the suggested one. */
  alpha?: number | undefined;
}

/** A way from random weights to sparse ones, as figures name it. */
export interface ComparedMethod {
  /** Name in figures and tables. */
  label: string;
  /** Makes the method that makes weights zero; `undefined` for the dense network. */
  method: (options: MethodOptions) => SparseMethod | undefined;
}

/** Part of ASSL's structure learning after which the release decides. */
const DECISION = 17_260 / 160_430;

/** What structure learning is told. */
const learned = ({ pruningSteps, alpha }: Pick<MethodOptions, "pruningSteps" | "alpha">) => ({
  pruningSteps,
  alpha,
});

/** Names of the methods. */
export type MethodName =
  | "iss-p"
  | "one-shot"
  | "iht"
  | "iss-r"
  | "srp"
  | "assl"
  | "assl-released"
  | "assl-aligned"
  | "l1-at-init"
  | "random"
  | "iss-p-nm"
  | "structured"
  | "dense";

/** All methods on equal terms: the same weights to begin with, the same batches, the same number of steps. */
export const METHODS: Readonly<Record<MethodName, ComparedMethod>> = {
  "iss-p": {
    label: "ISS-P",
    method: (options) => issP({ sparsity: options.sparsity, ...learned(options) }),
  },
  "one-shot": {
    label: "dense, then one-shot L1",
    method: ({ sparsity, pruningSteps }) => oneShotL1({ sparsity, pruningSteps }),
  },
  iht: { label: "IHT", method: ({ sparsity, pruningSteps }) => iht({ sparsity, pruningSteps }) },
  "iss-r": { label: "ISS-R", method: ({ sparsity, pruningSteps }) => issR({ sparsity, pruningSteps }) },
  srp: { label: "SRP", method: ({ sparsity, pruningSteps }) => srp({ sparsity, pruningSteps }) },
  assl: {
    label: "ASSL, own counts",
    method: ({ sparsity, pruningSteps }) => assl({ sparsity, pruningSteps, decideAfter: DECISION }),
  },
  "assl-released": {
    label: "ASSL (as released)",
    method: ({ network, sparsity, pruningSteps }) =>
      assl({
        sparsity,
        pruningSteps,
        decideAfter: DECISION,
        aligned: ({ name }) => name.includes(NETWORKS[network].aligned),
        sharedCount: true,
      }),
  },
  "assl-aligned": {
    label: "ASSL, aligned",
    method: ({ sparsity, pruningSteps }) =>
      assl({ sparsity, pruningSteps, decideAfter: DECISION, alignment: 1e-4 }),
  },
  "l1-at-init": {
    label: "L1 of the first weights",
    method: ({ sparsity }) => oneShotL1({ sparsity, pruningSteps: 0 }),
  },
  random: { label: "Scratch (random structure)", method: ({ sparsity }) => randomMask({ sparsity }) },
  "iss-p-nm": {
    label: "ISS-P, N:M",
    method: ({ sparsity, ...options }) => issP({ ...learned(options), pattern: patternOf(sparsity) }),
  },
  structured: { label: "whole channels, at equal multiply-adds", method: () => undefined },
  dense: { label: "dense", method: () => undefined },
};

/**
 * N:M patterns for the small network. The released code, where N is what goes, asks for 9 of 10, 19 of 20 and
 * 89 of 90, and enlarges M, with N along, until it divides the greatest common divisor of the layers' sizes,
 * here 108.
 */
const PATTERNS: Record<number, NmPattern> = {
  0.9: { n: 1, m: 12 },
  0.95: { n: 1, m: 27 },
  0.99: { n: 1, m: 108 },
};

function patternOf(sparsity: number): NmPattern {
  const pattern = PATTERNS[sparsity];
  if (pattern) return pattern;
  throw new RangeError(
    `Cannot find an N:M pattern for sparsity ${sparsity}: expected one of ${
      Object.keys(PATTERNS).join(", ")
    }`,
  );
}
