import { type OptionNames, requireOptions } from "../../options.ts";
import type { Model } from "../../onnx/model.ts";
import type { Random } from "../../random.ts";
import type { Runtime, Session, Tensors } from "../../runtime/runtime.ts";
import { float32, isTensor, numbersOf, type Tensor } from "../../tensor/tensor.ts";
import type { Loss } from "../../train/losses.ts";
import { adamW } from "../../train/optimizers.ts";
import { trainingStep } from "../../train/training_step.ts";
import { bitsAt, type Topology } from "../topology.ts";
import { sampleReleased } from "./decode.ts";
import { releasedFreeze } from "./released.ts";

/** Settings of {@linkcode trainPolicy}. */
export interface PolicyOptions {
  /** Steps of training. */
  steps: number;
  /** Learning rate of Adam. */
  rate: number;
  /** Network input for the questions of a step, [questions, N, values]. */
  questions(step: number): Tensor;
  /** Whether a team was right on a question of a step: 1 or 0. */
  ask(team: Topology, step: number, question: number): number | Promise<number>;
  /** Where links are drawn from. */
  random: Random;
  /** The engine that trains. */
  runtime: Runtime;
}

/** Names of {@linkcode PolicyOptions}. */
const POLICY_OPTIONS: OptionNames<PolicyOptions> = {
  steps: true,
  rate: true,
  questions: true,
  ask: true,
  random: true,
  runtime: true,
};

/**
 * Trains the chances of links by policy gradient, as G-Designer and AGP's collector do it: links are drawn
 * for each question, the team of all agents is run, and −100 · mean(u · Σ log p) is minimised, where u is 1
 * of an answer that was right and 0 of another, and the sum is over all links that could be drawn. There is
 * no baseline, so failures teach nothing, and tokens cost nothing.
 *
 * Source: Zhang and others, "G-Designer: Architecting Multi-agent Communication Topologies via Graph Neural
 * Networks", 2024, as released.
 *
 * @param model of the inputs and outputs of `releasedNetwork`
 */
export async function trainPolicy(model: Model, options: PolicyOptions): Promise<Model> {
  requireOptions("trainPolicy", options, POLICY_OPTIONS);
  const { steps, rate, questions, ask, random, runtime } = options;
  const agents = model.graph.values.get("input")!.shape![1] as number;
  const optimizer = adamW({ weightDecay: 0 });
  const step = trainingStep(model, { loss: policyLoss(agents), optimizer, freeze: releasedFreeze });
  const names = Object.keys(step.weights(step.state));
  let forward: Session | undefined;
  let session: Session | undefined;
  try {
    forward = await runtime.session(withWeightsFed(model, names));
    session = await runtime.session(step.model, { carry: step.carry });
    await session.setState(step.state);
    let weights = step.weights(step.state);
    for (let i = 0; i < steps; i++) {
      const input = questions(i);
      const { edges } = await forward.run({ input, ...weights });
      const targets = await drawLinks(edges!, random, (team, question) => ask(team, i, question));
      const feeds = Object.entries(targets).map(([name, tensor]) => [step.targets[name]!, tensor] as const);
      await session.run({ input, ...Object.fromEntries(feeds), ...step.scalarFeeds(i, rate) });
      weights = step.weights(await session.state());
    }
    return step.withWeights(weights);
  } finally {
    await session?.release();
    await forward?.release();
  }
}

/** Draws a team for each question and asks it: what could be linked, what was, and who was right. */
async function drawLinks(
  edges: Tensor,
  random: Random,
  ask: (team: Topology, question: number) => number | Promise<number>,
): Promise<Tensors> {
  const [questions, agents] = edges.dims as [number, number];
  const chances = numbersOf(edges);
  const [open, drawn] = [new Float32Array(chances.length), new Float32Array(chances.length)];
  const reward = new Float32Array(questions);
  for (let q = 0; q < questions; q++) {
    const start = q * agents ** 2;
    const own = chances.slice(start, start + agents ** 2);
    const keep = new Array<number>(agents).fill(1);
    const { topology, open: could } = sampleReleased({ keep, edges: own }, random);
    for (const [from, to] of could) {
      open[start + from * agents + to] = 1;
      drawn[start + from * agents + to] = topology.parents[to]! >> from & 1;
    }
    reward[q] = await ask({ ...topology, kept: bitsAt(keep.keys()) }, q);
  }
  const dims = [questions, agents, agents];
  return { open: float32(open, dims), drawn: float32(drawn, dims), reward: float32(reward) };
}

function policyLoss(agents: number): Loss {
  const shape = ["batch", agents, agents];
  return {
    name: `policyLoss(${agents})`,
    targets: {
      open: { type: "float32", shape },
      drawn: { type: "float32", shape },
      reward: { type: "float32", shape: ["batch"] },
    },
    value: (g, { edges }, { open, drawn, reward }) => {
      const taken = g.where(g.greater(drawn!, 0.5), edges!, g.sub(1, edges!));
      const logs = g.reduceSum(g.mul(g.log(taken), open!), [1, 2], { keepdims: false }); // [batch]
      return g.mul(g.reduceMean(g.mul(reward!, logs), undefined, { keepdims: false }), -100);
    },
  };
}

/** The model with some of its weights among its inputs. */
function withWeightsFed(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const [initializers, values] = [new Map(graph.initializers), new Map(graph.values)];
  for (const name of names) {
    const tensor = initializers.get(name)!;
    if (isTensor(tensor)) values.set(name, { type: tensor.type, shape: [...tensor.dims] });
    initializers.delete(name);
  }
  return model.withGraph({ ...graph, inputs: [...graph.inputs, ...names], initializers, values });
}
