import type { AllocationRow } from "../../../lib/papers/compressed_lrm/allocation.ts";
import type { AskedRow, CalibrationText } from "../../../lib/papers/compressed_lrm/asked.ts";
import type { Evidence } from "../../../lib/papers/compressed_lrm/evidence.ts";
import { type Question, QUESTIONS } from "../../../lib/papers/compressed_lrm/language.ts";
import { answerLength } from "../../../lib/papers/compressed_lrm/lengths/answer_length.ts";
import type { AttributionRow } from "../../../lib/papers/compressed_lrm/matrices/attributed.ts";
import type { ProtectionRow } from "../../../lib/papers/compressed_lrm/matrices/protection.ts";
import type { PerplexityRow } from "../../../lib/papers/compressed_lrm/perplexity.ts";
import type { SensitivityRow } from "../../../lib/papers/compressed_lrm/matrices/sensitivity.ts";
import { DENSE, type Setting } from "../../../lib/papers/compressed_lrm/setting.ts";

/** What a world is like: up to which damage questions stand, and losses by setting. */
export interface World {
  /** Damage, 0 to 1, that half of the items survive under pruning. */
  stands: Record<Question, number>;
  /** What rounding to so many bits damages. */
  rounding: Record<number, number>;
  /** Answers that are wrong are this many tokens longer. */
  longer: number;
  /** Right after calibration on chains, and on facts. */
  afterChains: number;
  afterFacts: number;
  /** Part of the items that a narrow network has right, of knowledge and of chains. */
  narrow: [knowledge: number, chains: number];
  /** Losses of a token. */
  losses: Record<string, number>;
  /** Whether the last `up_proj` is the most sensitive matrix. */
  lastUp: boolean;
  /** Whether what rounding a matrix costs is what it counts for. */
  tells: boolean;
}

/** Items of each question. */
export const ITEMS = 40;
const SPARSITIES = [0.3, 0.4, 0.5, 0.6, 0.7];
const BITS = [8, 4, 3];

/** Bits that a file has; those of pruning and of rounding meet at all widths. */
const bitsOf = (setting: Setting): number =>
  setting.method === "dense"
    ? 16
    : setting.bits ?? { 0.3: 12, 0.4: 8, 0.5: 4.03, 0.6: 3, 0.7: 2 }[setting.sparsity!]!;

/** Rows of a network that is compressed in many ways. */
export function asked(world: World): AskedRow[] {
  const rows: AskedRow[] = [];
  const add = (hidden: number, setting: Setting, text: CalibrationText, share: (q: Question) => number) => {
    for (const question of QUESTIONS) {
      const right = Array.from({ length: ITEMS }, (_, i) => Number((i + 0.5) / ITEMS < share(question)));
      rows.push({
        ...{ hidden, layers: 2, neurons: 2 * hidden, people: 64, steps: 1, seed: 0, setting, items: ITEMS },
        ...{ text, calibration: 8, bits: bitsOf(setting), question, right },
        tokens: right.map((one, i) => answerLength(question) + (one ? 0 : world.longer + i % 2)),
        endings: right.map(() => "closed"),
      });
    }
  };
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  const pruned = (damage: number) => (q: Question) => clamp(0.5 + 4 * (world.stands[q] - damage));
  add(64, DENSE, "lessons", () => 1);
  for (const method of ["magnitude", "sparsegpt"] as const) {
    for (const sparsity of SPARSITIES) add(64, { method, sparsity }, "lessons", pruned(sparsity));
  }
  for (const bits of BITS) add(64, { method: "gptq", bits }, "lessons", () => 1 - world.rounding[bits]!);
  const setting = { method: "sparsegpt", sparsity: 0.5 } as const;
  add(64, setting, "chains", () => world.afterChains);
  add(64, setting, "facts", () => world.afterFacts);
  return rows;
}

/** Dense networks of two widths and three seeds. */
function students(world: World): AskedRow[] {
  const [whole] = asked(world);
  return [0, 1, 2].flatMap((seed) =>
    [32, 128].flatMap((hidden) =>
      QUESTIONS.map((question): AskedRow => {
        const share = hidden === 128 ? 1 : world.narrow[question.startsWith("K") ? 0 : 1] - 0.01 * seed;
        const right = Array.from({ length: ITEMS }, (_, i) => Number((i + 0.5) / ITEMS < share));
        return { ...whole!, setting: DENSE, bits: 16, hidden, seed, question, right };
      })
    )
  );
}

const jitter = (i: number) => 0.02 * Math.sin(5 * i);

const losses = (mean: number) => Array.from({ length: 30 }, (_, i) => mean + 0.5 * Math.sin(i) + jitter(i));

function texts({ losses: known }: World): PerplexityRow[] {
  const settings: Record<string, Setting> = {
    dense: DENSE,
    magnitude: { method: "magnitude", sparsity: 0.5 },
    wanda: { method: "wanda", sparsity: 0.5 },
    sparsegpt: { method: "sparsegpt", sparsity: 0.5 },
    rtn: { method: "rtn", bits: 3 },
    gptq: { method: "gptq", bits: 3 },
    gptq4: { method: "gptq", bits: 4 },
    keepFirst: { method: "gptq", bits: 3, keep: 0 },
    keepLast: { method: "gptq", bits: 3, keep: 1 },
  };
  return Object.entries(settings).map(([name, setting]) => ({
    ...{ subject: "stories260K", setting, calibration: 64, texts: [0, 30], matrices: [] } as const,
    bits: bitsOf(setting),
    losses: losses(known[name]!).map((loss, i) => loss + jitter(i + name.length)),
  }));
}

function sensitivity({ lastUp }: World): SensitivityRow[] {
  return [0, 1].flatMap((layer) =>
    ["self_attn.q", "mlp.gate", "mlp.up", "mlp.down"].map((part, i) => ({
      ...{ subject: "stories260K", bits: 3, texts: [0, 2], size: 64 } as const,
      weight: `model.layers.${layer}.${part}_proj.weight`,
      losses: [0, 0.001].map((more) =>
        0.01 * (lastUp && part === "mlp.up" && layer === 1 ? 9 : lastUp ? layer : 4 - i - layer) + more
      ),
    }))
  );
}

const MATRICES = sensitivityNames();

function sensitivityNames(): string[] {
  return [0, 1].flatMap((layer) =>
    ["self_attn.q", "mlp.gate", "mlp.up", "mlp.down"].map((part) =>
      `model.layers.${layer}.${part}_proj.weight`
    )
  );
}

/** The matrices that count for facts when attribution is right: the other half counts for chains. */
const OF_FACTS = MATRICES.filter((_, i) => i % 2 === 0);

/** One matrix after the other rounded alone: facts go with theirs, chains with the others, or the wrong way round. */
function alone({ tells }: World): AskedRow[] {
  const dense = asked(TRUE).slice(0, QUESTIONS.length);
  return MATRICES.flatMap((weight) =>
    dense.map((row): AskedRow => {
      const own = OF_FACTS.includes(weight) === row.question.startsWith("K");
      const share = own === tells ? 0.4 : 0.9;
      return {
        ...row,
        setting: { method: "rtn", bits: 3, alone: weight },
        right: row.right.map((_, i) => Number((i + 0.5) / ITEMS < share)),
      };
    })
  );
}

/** Importance in which the last `up_proj` is first or not, and what rounding takes of it. */
function attributed({ lastUp }: World): AttributionRow[] {
  return (["stories260K", "probe"] as const).flatMap((subject) =>
    (["facts", "chains"] as const).flatMap((behaviour, i) =>
      [DENSE, { method: "gptq", bits: 3 } as const].map((setting) => ({
        ...{ subject, setting, calibration: 8, behaviour, parts: 5, cosine: -0.5 },
        importance: Object.fromEntries(MATRICES.map((weight, place) => {
          const last = weight.startsWith("model.layers.1");
          const fades = setting.method !== "dense" && (last || weight.includes("gate")) === lastUp;
          const own = OF_FACTS.includes(weight) === (behaviour === "facts") ? 1.5 : 1;
          const up = weight.includes("1.mlp.up") && lastUp ? 9 : 1 + 0.01 * place;
          return [weight, own * up * (fades ? 0.5 - 0.01 * i : 1)];
        })),
      }))
    )
  );
}

const PROTECTED: readonly (readonly [ProtectionRow["rule"], string[]])[] = [
  ["nothing", []],
  ["last", ["model.layers.1.mlp.up_proj.weight"]],
  ["most", ["model.layers.0.mlp.down_proj.weight"]],
  ["least", ["model.layers.0.self_attn.q_proj.weight"]],
  ["random", ["model.layers.0.mlp.up_proj.weight"]],
  ["bits", []],
];

function protection({ losses: known }: World): ProtectionRow[] {
  return PROTECTED.flatMap(([rule, kept]) =>
    (rule === "random" ? [0, 1] : [0]).map((draw) => ({
      ...{ subject: "stories260K", bits: 3, draws: 2, texts: [2, 30] } as const,
      ...{ rule, draw, kept, share: kept.length / 8, spent: 4.6 },
      losses: losses(known[`kept ${rule}`]!).map((loss, i) => loss + jitter(i + rule.length)),
    }))
  );
}

function allocations({ losses: known }: World): AllocationRow[] {
  return (["uniform", "calibrated", "random", "leastSensitive"] as const).flatMap((rule) =>
    (["rtn", "gptq"] as const).filter((method) => method === "rtn" || rule !== "random").map((method) => ({
      ...{
        subject: "stories260K",
        budget: 3,
        draws: 1,
        methods: ["rtn"],
        held: [0, 2],
        texts: [2, 30],
      } as const,
      ...{ rule, draw: 0, method, bits: 3 },
      widths: { "model.layers.0.mlp.up_proj.weight": 3, "model.layers.1.mlp.up_proj.weight": 4 },
      losses: losses(known[rule]!).map((loss, i) => loss + jitter(i + rule.length)),
    }))
  );
}

/** All rows of a world. */
export const evidenceOf = (world: World): Evidence => ({
  asked: [...asked(world), ...students(world)],
  texts: texts(world),
  sensitivity: sensitivity(world),
  alone: alone(world),
  attributed: attributed(world),
  protection: protection(world),
  allocations: allocations(world),
});

/** Where the claims are true. */
export const TRUE: World = {
  stands: { K1: 0.45, K2: 0.35, R2: 0.7, R3: 0.68, R4: 0.65, R5: 0.6, R6: 0.55 },
  rounding: { 8: 0, 4: 0, 3: 0.3 },
  longer: 4,
  afterChains: 0.9,
  afterFacts: 0.3,
  narrow: [0.4, 0.8],
  losses: {
    ...{ dense: 1, magnitude: 3, wanda: 2.5, sparsegpt: 2, rtn: 2, gptq: 1.6, gptq4: 1.1 },
    ...{ keepFirst: 1.5, keepLast: 1.3, uniform: 2, calibrated: 1.7, random: 2.4, leastSensitive: 3 },
    ...{
      "kept nothing": 2,
      "kept last": 1.5,
      "kept most": 1.3,
      "kept least": 1.9,
      "kept random": 1.7,
      "kept bits": 1.1,
    },
  },
  lastUp: true,
  tells: true,
};

/** Where they are false. */
export const FALSE: World = {
  stands: { K1: 0.6, K2: 0.66, R2: 0.35, R3: 0.4, R4: 0.42, R5: 0.45, R6: 0.5 },
  rounding: { 8: 0.9, 4: 0.95, 3: 0.05 },
  longer: -2,
  afterChains: 0.3,
  afterFacts: 0.6,
  narrow: [0.9, 0.5],
  losses: {
    ...{ dense: 1, magnitude: 2, wanda: 2.5, sparsegpt: 3, rtn: 1.6, gptq: 2, gptq4: 3 },
    ...{ keepFirst: 2, keepLast: 2.4, uniform: 1.7, calibrated: 2, random: 1.5, leastSensitive: 1 },
    ...{
      "kept nothing": 2,
      "kept last": 1.5,
      "kept most": 1.8,
      "kept least": 1.2,
      "kept random": 1.3,
      "kept bits": 1.9,
    },
  },
  lastUp: false,
  tells: false,
};
