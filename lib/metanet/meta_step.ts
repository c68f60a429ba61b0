import { TypeError } from "../errors.ts";
import { type Chosen, type OptionNames, requireOptions, requireWords } from "../options.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { backward } from "../onnx/gradients.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Model, Node } from "../onnx/model.ts";
import { toAttributes } from "../onnx/attribute.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { weightsOf } from "../nn/weights.ts";
import { type ChannelGroups, channelGroups } from "../prune/channel_groups.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { crossEntropy, type Loss } from "../train/losses.ts";
import { adamW } from "../train/optimizers.ts";
import type { Weight } from "../nn/weights.ts";
import type { Optimizer } from "../train/optimizers.ts";
import { metaGraph } from "../metagraph/to_meta_graph.ts";
import { featureFeeds } from "./feature_feeds.ts";
import type { MetaGraph } from "../metagraph/meta_graph.ts";
import { addMetanetwork, addParameters, type MetaStructure } from "./metanetwork.ts";
import type { Metanetwork } from "./metanetwork_parameters.ts";
import { changedTensors } from "./changed_tensors.ts";
import { restoredTensors } from "../metagraph/restored_tensors.ts";
import {
  GROUP_SPARSITY_OPTIONS,
  type GroupSparsityOptions,
  requirePrunable,
  sparsityGradient,
  sparsitySettings,
} from "./sparsity_gradient.ts";
import { own } from "../own.ts";
import { fedInputs } from "../onnx/topology.ts";

/** Settings of {@linkcode metaStep}. */
export interface MetaStepOptions extends GroupSparsityOptions {
  /** Loss of the changed network on the examples. Default cross entropy. */
  loss?: Loss | undefined;
  /**
   * Statistics that the changed network's batch norms normalise with: the data model's statistics, as
   * published, or those of the examples at hand. Default `"stored"`.
   */
  statistics?: "stored" | "batch" | undefined;
  /**
   * Computes what lies between the metanetwork's layers again on the way back, instead of keeping it: less
   * than half of the memory, and a third more arithmetic in the metanetwork. Default: where that would be
   * more than 2 GB.
   */
  recompute?: boolean | undefined;
}

/** Names of {@linkcode MetaStepOptions}. */
export const META_STEP_OPTIONS: OptionNames<MetaStepOptions> = {
  ...GROUP_SPARSITY_OPTIONS,
  loss: true,
  statistics: true,
  recompute: true,
};

/** Bytes of values of the size of the edges' states that are kept without a fuss. */
const ROOM = 2e9;

/** Values of that size for each layer of a metanetwork that its gradient reads. */
const KEPT_PER_LAYER = 6;

/** Metanetwork and data model in one graph that `trainingStep` and `fit` can train. */
export interface MetaStep {
  /**
   * Inputs: the data model's own, then its features (`nodes.0` …, `edges.0` …) and the stored tensors that
   * the metanetwork leaves alone. Outputs: the data model's, then its changed tensors by name. Stored: the
   * metanetwork's weights.
   */
  model: Model;
  /** Settings with which `trainingStep` and `fit` train the metanetwork and nothing else. */
  options: { loss: Loss; freeze: (weight: Weight) => boolean; optimizer: Optimizer };
  /** Inputs of a step for a data model of this structure. */
  feeds(dataModel: Model): Tensors;
  /** The metanetwork with the weights that a trained `model` has. */
  metanetwork(trained: Model): Metanetwork;
}

/**
 * Data models of one architecture become comparable: constants are initializers, opset and names are the
 * same.
 */
export function asDataModel(model: Model): ChannelGroups {
  return channelGroups(upgradeOpset(model));
}

/**
 * One step of meta-training as a graph: data model → features → metanetwork → changed weights → data model
 * with these → loss, differentiable from end to end. The data model's weights are inputs, so that one session
 * serves all data models of an architecture. Batch norms use their stored statistics.
 *
 * The sparsity regulariser is a direction in the space of the changed weights, not a loss: it is added to the
 * loss's gradient there, and both go back through the metanetwork together, as one vector-Jacobian product.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025, and its official code.
 *
 * @param architecture any data model; only its structure counts
 * @throws TypeError where the metanetwork does not read this architecture's edges, and where no group of its
 * channels can be pruned, unless the strength is 0; RangeError where strength or alpha is out of bounds
 */
export function metaStep(
  architecture: Model,
  metanetwork: Metanetwork,
  options: MetaStepOptions = {},
): MetaStep {
  requireOptions("metaStep", options, META_STEP_OPTIONS);
  const { loss = crossEntropy(), statistics = "stored" } = options;
  const { strength, alpha } = sparsitySettings("make a meta-step", options);
  requireWords("make a meta-step", { statistics }, { statistics: { stored: true, batch: true } });
  const groups = asDataModel(architecture);
  if (strength !== 0) requirePrunable(groups, "meta-train on");
  const { layers, hidden, layout } = metanetwork.settings;
  const structure = metaGraph(groups.model, { layout });
  const { recompute = 4 * structure.edges * hidden * layers * KEPT_PER_LAYER > ROOM } = options;
  const { model, changed, passing } = joinedModel(groups.model, structure, metanetwork, statistics);
  if (strength !== 0) requirePrunable(groups, "meta-train on", (name) => changed.includes(name));
  const learned = new Set(Object.keys(metanetwork.weights));
  return {
    model,
    options: {
      loss: withSparsity(loss, groups, { changed, recomputed: recompute ? passing : new Set() }, {
        strength,
        alpha,
      }),
      freeze: ({ name }) => !learned.has(name),
      optimizer: adamW({ weightDecay: 5e-4 }),
    },
    feeds(dataModel) {
      const { model } = asDataModel(dataModel);
      const graph = metaGraph(model, { layout });
      requireSameStructure(graph, structure);
      return { ...featureFeeds(graph), ...pick(model, passedWeights(model, structure)) };
    },
    metanetwork: (trained) => ({
      settings: metanetwork.settings,
      weights: Object.fromEntries(
        Object.keys(metanetwork.weights).map((name) => [
          name,
          trained.graph.initializers.get(name) as Tensor | undefined ?? metanetwork.weights[name]!,
        ]),
      ),
    }),
  };
}

interface JoinedModel {
  model: Model;
  /** The tensors of the data model that the metanetwork writes. */
  changed: string[];
  /** Values of the metanetwork for each edge on the way from one state of the edges to the next. */
  passing: ReadonlySet<Value>;
}

function joinedModel(
  original: Model,
  structure: MetaGraph,
  metanetwork: Metanetwork,
  statistics: "stored" | "batch",
): JoinedModel {
  const { graph, info } = inferShapes(original);
  const passed = new Set(passedWeights(original, structure));
  const changed = changedTensors(original, structure);
  const outputs = [...graph.outputs];
  const initializers = new Map(
    [...graph.initializers].filter(([name]) => !passed.has(name) && !changed.includes(name)),
  );
  const fed = fedInputs(graph);
  const g = new GraphBuilder(
    { ...graph, inputs: [...fed, ...passed], nodes: [], outputs: [], initializers },
    info.opsets,
  );
  const nodes = structure.layers.map(({ features }, i) => g.input(`nodes.${i}`, "float32", features.dims));
  const edges = structure.blocks.map(({ features }, i) => g.input(`edges.${i}`, "float32", features.dims));
  addParameters(g, metanetwork);
  const next = addMetanetwork(g, structure as MetaStructure, { nodes, edges }, metanetwork.settings);
  const passing = ofEdges(g, structure, metanetwork, next.states);
  const tensor = (name: string) => graph.initializers.get(name)!;
  const restored = restoredTensors(
    g,
    structure,
    { names: changed, dimsOf: (name) => tensor(name).dims, original: (name) => g.constant(tensor(name)) },
    next,
  );
  const place = (name: string, value: Value) => {
    g.place({ op: "Identity", inputs: [value], outputs: [name], attributes: {} });
    g.declare(name, { type: "float32", shape: [...tensor(name).dims] });
  };
  for (const [name, value] of Object.entries(restored)) place(name, value);
  for (const node of graph.nodes) g.place(statistics === "batch" ? ofTheBatch(g, node) : node);
  g.setOutputs([...outputs, ...changed]);
  return { model: g.model(), changed, passing };
}

/** A batch norm in training form, which takes the statistics of its input. */
function ofTheBatch(g: GraphBuilder, node: Node): Node {
  if (operatorOf(node) !== "BatchNormalization") return node;
  const [y] = node.outputs as [Value];
  const attributes = { ...node.attributes, ...toAttributes({ training_mode: 1 }) };
  return { ...node, outputs: [y, g.freeName(`${y}.mean`), g.freeName(`${y}.variance`)], attributes };
}

/** The values in a graph that have a vector for each edge of a block, but for those of some. */
function ofEdges(
  g: GraphBuilder,
  { blocks }: MetaGraph,
  { settings: { hidden } }: Metanetwork,
  but: readonly Value[],
): Set<Value> {
  const sizes = new Set(
    blocks.flatMap(({ features: { size }, taps: { length } }) => [size, size / length * hidden]),
  );
  const values = new Set(g.nodes.flatMap(({ outputs }) => outputs));
  for (const value of but) values.delete(value);
  for (const value of values) {
    const size = g.info(value).shape?.reduce<number>((product, dim) => product * Number(dim), 1);
    if (!sizes.has(size ?? NaN)) values.delete(value);
  }
  return values;
}

/** Weights and statistics that come from each data model as they are. */
function passedWeights(model: Model, graph: MetaGraph): string[] {
  const changed = new Set(changedTensors(model, graph));
  return weightsOf(model).map(({ name }) => name).filter((name) => !changed.has(name));
}

function pick({ graph }: Model, names: readonly string[]): Tensors {
  return Object.fromEntries(names.map((name) => [name, graph.initializers.get(name) as Tensor]));
}

/** The loss, with the regulariser's direction added where the changed weights are. */
function withSparsity(
  loss: Loss,
  groups: ChannelGroups,
  { changed, recomputed }: { changed: readonly string[]; recomputed: ReadonlySet<Value> },
  { strength, alpha }: Chosen<GroupSparsityOptions>,
): Loss {
  return {
    ...loss,
    name: `${loss.name} + sparsity(${strength}, ${alpha})`,
    gradients(g, value, parameters) {
      const found = backward(g, value, changed);
      const sparse = strength === 0 ? {} : sparsityGradient(g, groups, (name) => name, { strength, alpha });
      const flat = (x: Value) => g.reshape(x, [-1]);
      const directions = changed.map((name) => {
        const push = own(sparse, name);
        return flat(push === undefined ? found[name]! : g.add(found[name]!, push));
      });
      return backward(g, g.concat(changed.map(flat), 0), parameters, {
        seed: g.concat(directions, 0),
        recompute: (value) => recomputed.has(value),
      });
    },
  };
}

function requireSameStructure(graph: MetaGraph, expected: MetaGraph): void {
  const shape = ({ layers, blocks }: MetaGraph) =>
    [...layers, ...blocks].map(({ name, features }) => `${name} [${features.dims.join(", ")}]`);
  const [found, wanted] = [shape(graph), shape(expected)];
  const at = wanted.findIndex((line, i) => line !== found[i]);
  if (at < 0 && found.length === wanted.length) return;
  throw new TypeError(
    `Cannot use "${graph.name}" as a data model: expected ${wanted[at] ?? "nothing more"}, found ${
      found[at] ?? "nothing more"
    }; all data models of a meta-training have one architecture and the same widths`,
  );
}
