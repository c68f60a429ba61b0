import assert from "node:assert/strict";
import type { AllocationRow } from "../../../lib/papers/compressed_lrm/allocation.ts";
import { answerLength } from "../../../lib/papers/compressed_lrm/lengths/answer_length.ts";
import type { AskedRow, CalibrationText } from "../../../lib/papers/compressed_lrm/asked.ts";
import { claims, type Evidence } from "../../../lib/papers/compressed_lrm/claims.ts";
import { meaning } from "../../../lib/papers/compressed_lrm/meaning.ts";
import { collapsePoints, examined } from "../../../lib/papers/compressed_lrm/examined.ts";
import {
  byLength,
  parts,
  shortestLessLongest,
} from "../../../lib/papers/compressed_lrm/lengths/by_length.ts";
import {
  accuracyAgainstBits,
  allocationFigure,
  allocationMap,
  collapseCurves,
  collapseFigure,
  lengthFigure,
  perplexityAgainstBits,
  sensitivityMap,
} from "../../../lib/papers/compressed_lrm/figures.ts";
import { type Question, QUESTIONS } from "../../../lib/papers/compressed_lrm/language.ts";
import type { PerplexityRow } from "../../../lib/papers/compressed_lrm/perplexity.ts";
import type { SensitivityRow } from "../../../lib/papers/compressed_lrm/sensitivity.ts";
import { DENSE, type Setting } from "../../../lib/papers/compressed_lrm/setting.ts";
import {
  accuracies,
  allocationTable,
  collapseTable,
  endings,
  perplexities,
} from "../../../lib/papers/compressed_lrm/summary.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import { seededRandom } from "../../../lib/random.ts";
import { deviation, mean } from "../../../lib/statistics/describe.ts";

/** What a world is like: up to which damage questions stand, and losses by setting. */
interface World {
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
}

const ITEMS = 40;
const SPARSITIES = [0.3, 0.4, 0.5, 0.6, 0.7];
const BITS = [8, 4, 3];

/** Bits that a file has; those of pruning and of rounding meet at all widths. */
const bitsOf = (setting: Setting): number =>
  setting.method === "dense"
    ? 16
    : setting.bits ?? { 0.3: 12, 0.4: 8, 0.5: 4.03, 0.6: 3, 0.7: 2 }[setting.sparsity!]!;

function asked(world: World): AskedRow[] {
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
    ["self_attn.q", "mlp.up", "mlp.down"].map((part, i) => ({
      ...{ subject: "stories260K", bits: 3, texts: [0, 2], size: 64 } as const,
      weight: `model.layers.${layer}.${part}_proj.weight`,
      losses: [0.01 * (lastUp && part === "mlp.up" && layer === 1 ? 9 : i + layer), 0.01],
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

const evidenceOf = (world: World): Evidence => ({
  asked: [...asked(world), ...students(world)],
  texts: texts(world),
  sensitivity: sensitivity(world),
  allocations: allocations(world),
});

const TRUE: World = {
  stands: { K1: 0.45, K2: 0.35, R2: 0.7, R3: 0.68, R4: 0.65, R5: 0.6, R6: 0.55 },
  rounding: { 8: 0, 4: 0, 3: 0.3 },
  longer: 4,
  afterChains: 0.9,
  afterFacts: 0.3,
  narrow: [0.4, 0.8],
  losses: {
    ...{ dense: 1, magnitude: 3, wanda: 2.5, sparsegpt: 2, rtn: 2, gptq: 1.6, gptq4: 1.1 },
    ...{ keepFirst: 1.5, keepLast: 1.3, uniform: 2, calibrated: 1.7, random: 2.4, leastSensitive: 3 },
  },
  lastUp: true,
};

const FALSE: World = {
  stands: { K1: 0.6, K2: 0.66, R2: 0.35, R3: 0.4, R4: 0.42, R5: 0.45, R6: 0.5 },
  rounding: { 8: 0.9, 4: 0.95, 3: 0.05 },
  longer: -2,
  afterChains: 0.3,
  afterFacts: 0.6,
  narrow: [0.9, 0.5],
  losses: {
    ...{ dense: 1, magnitude: 2, wanda: 2.5, sparsegpt: 3, rtn: 1.6, gptq: 2, gptq4: 3 },
    ...{ keepFirst: 2, keepLast: 2.4, uniform: 1.7, calibrated: 2, random: 1.5, leastSensitive: 1 },
  },
  lastUp: false,
};

Deno.test("Compressed models: claims hold in a world where they are true, and do not where they are false", () => {
  for (const [world, outcome] of [[TRUE, "holds"], [FALSE, "does not hold"]] as const) {
    const judged = claims(evidenceOf(world));
    for (const [name, { outcome: found, sentence }] of Object.entries({ ...judged.paper, ...judged.ours })) {
      assert.equal(found, outcome, `${name}: ${sentence}`);
    }
    const found = findings(meaning(judged)) as Record<symbol, () => unknown>;
    const text = String(found[Symbol.for("Deno.customInspect")]!());
    for (const [{ outcome }, sentences] of meaning(judged)) assert.ok(text.includes(sentences[outcome]));
    assert.equal(text.includes("goes first when weights are removed"), world === TRUE);
    assert.equal(text.includes("does not show on this probe"), world === FALSE);
  }
});

Deno.test("Compressed models: nothing measured is not decided, and one network decides by its items", () => {
  const { paper, ours } = claims({ asked: [], texts: [], sensitivity: [], allocations: [] });
  for (const judged of [...Object.values(paper), ...Object.values(ours)]) {
    assert.equal(judged.outcome, "not decided with so few seeds");
    assert.equal(judged.seeds, 0);
  }
  const alone = claims({ ...evidenceOf(TRUE), asked: asked(TRUE) });
  assert.equal(alone.paper.knowledge.per, "items");
  assert.equal(alone.paper.student.seeds, 0);
  const other = asked(TRUE).map((row) => ({ ...row, seed: 1 }));
  const two = claims({ ...evidenceOf(TRUE), asked: [...asked(TRUE), ...other] });
  assert.deepEqual([two.paper.knowledge.per, two.paper.knowledge.seeds], ["networks", 2]);
  // A network that cannot reason when dense says nothing of what pruning costs first; of students it does.
  const unable = other.map((row) =>
    row.setting.method === "dense" && row.question === "R6" ? { ...row, right: row.right.map(() => 0) } : row
  );
  const one = claims({ ...evidenceOf(TRUE), asked: [...asked(TRUE), ...unable] });
  assert.deepEqual(one.paper.knowledge, alone.paper.knowledge);
  assert.deepEqual(one.ours.longer, alone.ours.longer);
});

Deno.test("Compressed models: answers of one network by length count as its items, of several as networks", () => {
  const network = (seed: number) => asked(TRUE).map((row) => ({ ...row, seed }));
  const judge = (rows: AskedRow[]) => claims({ asked: rows, texts: [], sensitivity: [], allocations: [] });
  const chains = QUESTIONS.filter((question) => question.startsWith("R")).length;
  const [one, three] = [judge(network(0)), judge([0, 1, 2].flatMap(network))];
  for (const pick of [0, 1, 2]) {
    const [alone, several] = [one, three].map(({ paper, ours }) =>
      [paper.shorter, ours.sameLength, ours.longer][pick]!
    );
    assert.deepEqual([several!.per, several!.seeds], ["networks", 3]);
    assert.equal(alone!.per, "items");
    assert.ok(alone!.seeds <= chains * ITEMS, alone!.sentence);
    assert.ok(Math.abs(several!.effect - alone!.effect) < 1e-9, "three equal networks");
  }
  const differences = byLength(network(0)).map(({ shortest, longest }) => shortest - longest);
  assert.equal(one.paper.shorter.seeds, chains * ITEMS);
  assert.ok(Math.abs(one.paper.shorter.effect - mean(differences)) < 1e-9);
});

Deno.test("Compressed models: items say how sure the difference by length is, as drawing them anew does", () => {
  const random = seededRandom(3);
  const answers = Array.from({ length: 400 }, () => {
    const length = 5 + Math.floor(12 * random.uniform());
    return { length, right: Number(random.uniform() < 1 - length / 25) };
  });
  const [row] = asked(TRUE).filter(({ question, setting }) =>
    question === "R2" && setting.method !== "dense"
  );
  const values = shortestLessLongest([{
    ...row!,
    tokens: answers.map(({ length }) => length),
    right: answers.map(({ right }) => right),
  }]);
  const drawn = Array.from({ length: 1000 }, () => {
    const { shortest, longest } = parts(
      answers.map(() => answers[Math.floor(answers.length * random.uniform())]!),
    );
    return shortest - longest;
  });
  const ratio = deviation(values) / Math.sqrt(values.length) / deviation(drawn);
  assert.ok(ratio > 0.9 && ratio < 1.1, `${ratio}`);
});

Deno.test("Compressed models: equal bytes are paired by bits, and accuracies by length share out ties", () => {
  const keeps = claims(evidenceOf(TRUE)).paper.keeps;
  // At 8, 4 and 3 bits GPTQ has 100, 100 and 70 % right; SparseGPT at 40, 50 and 60 % has 70, 30 and 0 %.
  assert.ok(Math.abs(keeps.effect - 100 * (0.3 + 0.7 + 0.7) / 3) < 2, `${keeps.effect}`);
  const answers = [1, 1, 1, 2, 2, 2, 2, 3, 3, 3].map((length, i) => ({ length, right: Number(i < 5) }));
  assert.deepEqual(parts(answers), { shortest: 100, middle: 50, longest: 0 });
  const tied = answers.map(({ right }) => ({ length: 7, right }));
  assert.deepEqual(parts(tied), { shortest: 50, middle: 50, longest: 50 });
  // All right or all wrong say nothing.
  assert.equal(byLength(asked(TRUE).filter(({ setting }) => setting.method === "dense")).length, 0);
});

Deno.test("Compressed models: figures and tables show what the rows say", () => {
  const { asked: rows, texts: measured, sensitivity: alone, allocations: spent } = evidenceOf(TRUE);
  const source = { source: "rows made for a test" };
  const networks = examined(asked(TRUE));
  const points = networks.flatMap(collapsePoints);
  for (
    const figure of [
      accuracyAgainstBits(networks, source),
      collapseCurves(networks, "sparsegpt", source),
      collapseFigure(points, source),
      lengthFigure(rows, source),
      sensitivityMap(alone, source),
      perplexityAgainstBits(measured, source),
      allocationMap(spent[0]!, source),
      allocationFigure(spent, source),
    ]
  ) {
    assert.ok(figure.svg.startsWith("<svg") && figure.svg.includes("rows made for a test"));
    assert.ok(!figure.svg.includes("NaN"), figure.svg.slice(0, 300));
  }
  // Half of the items are left at a damage of 0.45: between 8 bits at 40 % and 4.03 at 50 %, in the middle.
  const fact = points.find(({ method, question }) => method === "sparsegpt" && question === "K1")!;
  assert.ok(Math.abs(fact.at - 6) < 0.3, `${fact.at}`);
  assert.ok(fact.interval.low <= fact.at && fact.at <= fact.interval.high);
  const [dense] = accuracies(asked(TRUE));
  assert.deepEqual([dense!.method, dense!["one fact"], dense!["bits a weight"]], ["dense", 100, 16]);
  const line = collapseTable(points).find(({ question }) => question === "chain of 2")!;
  assert.match(`${line["GPTQ (bits)"]}`, /^below 3/);
  assert.equal(endings(asked(TRUE)).length, asked(TRUE).length);
  const [whole, pruned] = perplexities(measured);
  assert.deepEqual([whole!["an earlier program"], pruned!["an earlier program"]], [3.372, 32.15]);
  assert.equal(allocationTable(spent).length, 7);
});
