import { agpLoss, agpLossTerms } from "../../agents/networks/losses.ts";
import { releasedFreeze } from "../../agents/networks/released.ts";
import { GraphBuilder } from "../../onnx/builder.ts";
import { backward } from "../../onnx/gradients.ts";
import { inFloat64 } from "../../onnx/passes/in_float64.ts";
import type { Model } from "../../onnx/model.ts";
import { runModel } from "../../runtime/run_model.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import { numbersOf, Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { adamW } from "../../train/optimizers.ts";
import { trainingStep } from "../../train/training_step.ts";
import type { Label } from "../../agents/networks/examples.ts";

/** Outputs of a network, and the loss on them. */
export interface NetworkNumbers {
  /** Chance of each agent to be kept. */
  keep: number[];
  /** Chances of links, row by row. */
  edges: number[];
  /** Terms of the loss, and their sum. */
  loss: Record<string, number>;
  /** Norm of the loss's gradient, by parameter. */
  gradients: Record<string, number>;
  /** `keep` and `edges` after one step of Adam at 0.001. */
  after: { keep: number[]; edges: number[] };
}

/** Input of the parity fixtures for N agents: a formula, so that no encoder is needed, [N × 768]. */
export function formulaInput(agents: number): Float64Array {
  return Float64Array.from({ length: agents * 768 }, (_, at) => {
    const [i, k] = [Math.floor(at / 768), at % 768];
    return 0.05 * (k < 384 ? Math.sin(0.1 * (i + 1) * (k + 1)) : Math.cos(0.07 * (k - 383)));
  });
}

/**
 * Forward pass, terms of the loss, gradients and a step of Adam of a released network, in float64: the maths
 * network tells its agents apart by so little that float32 keeps four digits of its links.
 *
 * @param input one question, [N × 768]
 */
export async function networkNumbers(
  model: Model,
  input: Float64Array,
  { keep, links }: Label,
  runtime: Runtime,
): Promise<NetworkNumbers> {
  const agents = keep.length;
  const double = (data: ArrayLike<number>, dims: readonly number[]) =>
    new Tensor("float64", Float64Array.from(data), dims);
  const x = { input: double(input, [1, agents, input.length / agents]) };
  const targets = { keep: double(keep, [1, agents]), links: double(links.flat(), [1, agents, agents]) };

  const g = new GraphBuilder(model.graph, model.info.opsets);
  const names = { keep: g.input("truth.keep", "float32", [1, agents]), links: "" };
  names.links = g.input("truth.links", "float32", [1, agents, agents]);
  const outputs = { keep: "keep", edges: "edges" };
  const loss = agpLoss(agents);
  const terms = { ...agpLossTerms(g, outputs, names, agents), total: loss.value(g, outputs, names) };
  const parameters = [...model.graph.initializers.keys()].filter((name) => name.startsWith("gcn."));
  const found = backward(g, terms.total, parameters);
  for (const value of new Set([...Object.values(terms), ...Object.values(found)])) g.output(value);
  const feeds = { ...x, [names.keep]: targets.keep, [names.links]: targets.links };
  const all = await runModel(inFloat64(g.model()), feeds, { runtime });
  const number = (value: string) => numbersOf(all[value]!)[0]!;

  const step = trainingStep(model, { loss, optimizer: adamW({ weightDecay: 0 }), freeze: releasedFreeze });
  await using opened = new AsyncDisposableStack();
  const session = opened.adopt(
    await runtime.session(inFloat64(step.model), { carry: step.carry }),
    (own) => own.release(),
  );
  await session.setState(inDoubles(step.state));
  await session.run({
    ...x,
    [step.targets.keep!]: targets.keep,
    [step.targets.links!]: targets.links,
    ...inDoubles(step.scalarFeeds(0, 0.001)),
  });
  const weights = step.weights(await session.state());
  const stepped = model.withGraph({
    ...inFloat64(model).graph,
    initializers: new Map([...inFloat64(model).graph.initializers, ...Object.entries(weights)]),
  });
  const after = await runModel(stepped, x, { runtime });
  return {
    keep: numbersOf(all.keep!),
    edges: numbersOf(all.edges!),
    loss: Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, number(value)])),
    gradients: Object.fromEntries(
      parameters.map((name) => [name, Math.hypot(...numbersOf(all[found[name]!]!))]),
    ),
    after: { keep: numbersOf(after.keep!), edges: numbersOf(after.edges!) },
  };
}

function inDoubles(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor.type === "float32"
        ? new Tensor("float64", Float64Array.from(floats(tensor)), tensor.dims)
        : tensor,
    ]),
  );
}
