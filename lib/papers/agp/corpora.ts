import { fields, parseShape } from "../../files/schema.ts";
import { readText } from "../../files/read_file.ts";
import { hashedNgrams } from "../../agents/hashed_ngrams.ts";
import { type Label, labelTensors, networkInput } from "../../agents/networks/examples.ts";
import { agpLoss } from "../../agents/networks/losses.ts";
import { releasedFreeze, releasedNetwork } from "../../agents/networks/released.ts";
import { inFloat64 } from "../../onnx/passes/in_float64.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import { runModel } from "../../runtime/run_model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { deviation, mean } from "../../statistics/describe.ts";
import { numbersOf, Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { type BatchSource, takeRows } from "../../train/batches.ts";
import { fit } from "../../train/fit.ts";
import { adamW } from "../../train/optimizers.ts";
import { constantRate } from "../../train/schedules.ts";
import { type DomainName, DOMAINS } from "./domains.ts";
import {
  corpusOf,
  type CorpusRecord,
  embeddingsOf,
  hasEmbeddings,
  referencePath,
  releasedModel,
} from "./files.ts";
import { formulaInput, networkNumbers } from "./parity.ts";

/** A released corpus, counted again. */
export interface CorpusRow {
  /** The domain. */
  readonly domain: DomainName;
  /** Records. */
  readonly records: number;
  /** Questions that differ. */
  readonly questions: number;
  /** Records by the number of agents that are pruned: how many with none, one, two … */
  readonly byPruned: readonly number[];
  /** How often each agent is pruned. */
  readonly pruned: readonly number[];
  /** Agents of a team on average. */
  readonly teamSize: number;
  /** Share of labels that "keep everybody" says rightly. */
  readonly keepAll: number;
  /** Share of links above the diagonal that are labelled as there, and below it. */
  readonly linked: readonly [above: number, below: number];
  /** Records in which every agent is pruned; in the release each makes the loss not a number. */
  readonly allPruned: readonly number[];
}

/** Counts a corpus. */
export async function countCorpus(domain: DomainName): Promise<CorpusRow> {
  const corpus = await corpusOf(domain);
  const agents = corpus[0]!.mask.length;
  const places = corpus.map(({ mask }) => mask.reduce((sum, gone) => sum + gone, 0));
  const share = (above: boolean) =>
    mean(
      corpus.flatMap(({ edge_weight: weights }) =>
        weights.flatMap((row, i) =>
          row.flatMap((weight, j) => i !== j && i < j === above ? [Number(weight !== 0)] : [])
        )
      ),
    );
  return {
    domain,
    records: corpus.length,
    questions: new Set(corpus.map(({ task }) => task)).size,
    byPruned: Array.from({ length: agents + 1 }, (_, n) => places.filter((count) => count === n).length),
    pruned: Array.from({ length: agents }, (_, i) => corpus.reduce((sum, { mask }) => sum + mask[i]!, 0)),
    teamSize: mean(places.map((count) => agents - count)),
    keepAll: mean(corpus.flatMap(({ mask }) => mask.map((gone) => 1 - gone))),
    linked: [share(true), share(false)],
    allPruned: places.flatMap((count, i) => count === agents ? [i] : []),
  };
}

/** Label of a record for the released network: a link is there where its chance is noted at all. */
function releasedLabel({ edge_weight, mask }: CorpusRecord): Label {
  return {
    keep: mask.map((gone) => 1 - gone),
    links: edge_weight.map((row) => row.map((weight) => weight === 0 ? 0 : 1)),
  };
}

/** Predictions of a network for a corpus. */
export interface SaidRow {
  /** Least and largest chance of an agent to be kept, over all records. */
  readonly keep: readonly [least: number, largest: number];
  /** Share of agents at 0.55 or below, which the release prunes. */
  readonly prunedShare: number;
  /** Share of agents on whose side of 0.5 the label is. */
  readonly nodeAccuracy: number;
  /** Deviation of a link's chance over the questions, on average over links. */
  readonly linkDeviation: number;
}

function saidOf(keep: Tensor, edges: Tensor, labels: readonly Label[]): SaidRow {
  const chances = numbersOf(keep);
  const truth = labels.flatMap(({ keep }) => keep);
  const [records, pairs] = [labels.length, edges.dims[1]! * edges.dims[2]!];
  const linked = numbersOf(edges);
  const column = (pair: number) => Array.from({ length: records }, (_, r) => linked[r * pairs + pair]!);
  return {
    keep: [chances.reduce((a, b) => Math.min(a, b)), chances.reduce((a, b) => Math.max(a, b))],
    prunedShare: mean(chances.map((chance) => Number(chance <= 0.55))),
    nodeAccuracy: mean(chances.map((chance, i) => Number(chance > 0.5 === (truth[i] === 1)))),
    linkDeviation: mean(Array.from({ length: pairs }, (_, pair) => deviation(column(pair)))),
  };
}

/** How far ours is from the reference, and what the shipped weights say of true texts. */
export interface ParityRow extends SaidRow {
  /** The domain. */
  readonly domain: DomainName;
  /** Largest difference of a chance to the reference, in float64. */
  readonly forward: number;
  /** Largest difference of a chance in float32, in which networks run. */
  readonly forward32: number;
  /** Largest difference of a term of the loss. */
  readonly loss: number;
  /** Largest relative difference of a gradient's norm. */
  readonly gradient: number;
  /** Largest difference of a chance after a step of Adam. */
  readonly step: number;
  /** Largest difference to the reference on the first record, with the stored embeddings, in float64. */
  readonly endToEnd: number;
}

/** Values of the fixtures, as far as they are read. */
interface Fixture {
  keep_prob: number[];
  edge_prob: number[][];
  loss_case: {
    keep_target: number[];
    adjacency_target: number[][];
    L_pos: number;
    L_off: number;
    L_bce: number;
    L_sparse: number;
    L_consist: number;
    loss: number;
    grad_l2_norm: Record<string, number>;
  };
  after_one_adam_step_lr0p001: { keep_prob: number[]; edge_prob_row0: number[] };
}

/** Holds the released network of a domain against its references. */
export async function checkParity(domain: DomainName, runtime: Runtime): Promise<ParityRow> {
  const json = async <T>(path: string) =>
    parseShape<Record<string, T>>(
      await readText(path),
      fields({ [domain]: fields({}) }),
      `read ${path}`,
    )[domain]!;
  const fixture = await json<Fixture>(referencePath("agp"));
  const truth = await json<{ record0_keep: number[]; record0_edge: number[][] }>(
    referencePath("agp-minilm"),
  );
  const model = await releasedModel(domain);
  const agents = DOMAINS[domain].roles.length;
  const target = fixture.loss_case;
  const input = formulaInput(agents);
  const numbers = await networkNumbers(
    model,
    input,
    { keep: target.keep_target, links: target.adjacency_target },
    runtime,
  );
  const zeros = new Float32Array(384);
  const plain = networkInput(Array.from({ length: agents }, () => zeros), [zeros]);
  floats(plain).set(input);
  const single = await runModel(model, { input: plain }, { runtime });
  const far = (ours: ArrayLike<number>, theirs: readonly number[]) =>
    Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]!)));
  const chances = [...fixture.keep_prob, ...fixture.edge_prob.flat()];
  const after = fixture.after_one_adam_step_lr0p001;
  const { loss, gradients } = numbers;

  const { roles, tasks } = await embeddingsOf(domain);
  const texts = networkInput(roles, tasks);
  const doubles = new Tensor("float64", Float64Array.from(floats(texts)), texts.dims);
  const said = await runModel(inFloat64(model), { input: doubles }, { runtime });
  const labels = (await corpusOf(domain)).map(releasedLabel);
  const first = [...numbersOf(said.keep!).slice(0, agents), ...numbersOf(said.edges!).slice(0, agents ** 2)];
  return {
    domain,
    forward: far([...numbers.keep, ...numbers.edges], chances),
    forward32: far([...numbersOf(single.keep!), ...numbersOf(single.edges!)], chances),
    loss: far(
      [loss.positive!, loss.off!, loss.node!, loss.sparse!, loss.consistent!, loss.total!],
      [target.L_pos, target.L_off, target.L_bce, target.L_sparse, target.L_consist, target.loss],
    ),
    gradient: Math.max(
      ...Object.entries(target.grad_l2_norm).map(([name, norm]) =>
        Math.abs(gradients[`gcn.${name}`]! / norm - 1)
      ),
    ),
    step: far(
      [...numbers.after.keep, ...numbers.after.edges],
      [...after.keep_prob, ...after.edge_prob_row0],
    ),
    endToEnd: far(first, [...truth.record0_keep, ...truth.record0_edge.flat()]),
    ...saidOf(said.keep!, said.edges!, labels),
  };
}

/** A training of the released network on a released corpus. */
export interface RetrainSpec {
  /** The domain. */
  readonly domain: DomainName;
  /** Seed of weights and batches. */
  readonly seed: number;
  /** Steps of ten records. */
  readonly steps: number;
  /** Learning rate of Adam. */
  readonly rate: number;
  /** Embeddings of texts: stored ones of MiniLM, or hashed n-grams of question and role's name. */
  readonly embeddings: "MiniLM" | "n-grams";
}

/** Result of a retraining. */
export interface RetrainRow extends RetrainSpec, SaidRow {
  /** Loss of the last tenth of the steps. */
  readonly finalLoss: number;
  /** Share of labels that "keep everybody" says rightly. */
  readonly keepAll: number;
}

/** Which embeddings there are on this machine. */
export function textEmbeddings(): RetrainSpec["embeddings"] {
  return hasEmbeddings() ? "MiniLM" : "n-grams";
}

/** Trains the released network anew on a corpus; means over no links count as 0. */
export async function retrain(
  spec: RetrainSpec,
  runtime: Runtime,
): Promise<{ row: RetrainRow; model: Model }> {
  const { domain, seed, steps, rate } = spec;
  const corpus = await corpusOf(domain);
  const { roles, tasks } = spec.embeddings === "MiniLM" ? await embeddingsOf(domain) : {
    roles: DOMAINS[domain].roles.map((role) => hashedNgrams(role)),
    tasks: corpus.map(({ task }) => hashedNgrams(task)),
  };
  const labels = corpus.map(releasedLabel);
  const [inputs, targets] = [networkInput(roles, tasks), labelTensors(labels)];
  const batches: BatchSource = {
    stepsPerEpoch: steps,
    batch(_, step) {
      const perEpoch = Math.floor(corpus.length / 10);
      const order = seededRandom(seed, "corpus", Math.floor(step / perEpoch)).permutation(corpus.length);
      const rows = order.subarray(step % perEpoch * 10, step % perEpoch * 10 + 10);
      const taken = Object.entries(targets).map(([name, tensor]) => [name, takeRows(tensor, rows)]);
      return { inputs: { input: takeRows(inputs, rows) }, targets: Object.fromEntries(taken) };
    },
  };
  const losses: number[] = [];
  const { model } = await fit(releasedNetwork({ roleGraph: DOMAINS[domain].roleGraph, seed }), batches, {
    epochs: 1,
    loss: agpLoss(roles.length),
    optimizer: adamW({ weightDecay: 0 }),
    schedule: constantRate(rate),
    freeze: releasedFreeze,
    seed,
    runtime,
    watch: { everySteps: Math.ceil(steps / 10), look: ({ loss }) => void losses.push(loss) },
  });
  const said = await runModel(model, { input: inputs }, { runtime });
  const row = {
    ...spec,
    ...saidOf(said.keep!, said.edges!, labels),
    finalLoss: losses.at(-1)!,
    keepAll: mean(labels.flatMap(({ keep }) => keep)),
  };
  return { row, model };
}
