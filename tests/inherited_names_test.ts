/** Names that every JavaScript object inherits are names like others, at every door: the same numbers come out. */
import assert from "node:assert/strict";
import * as espalier from "../mod.ts";
import * as all from "../lib/all.ts";
import { withEngine } from "./train/engines.ts";
import { inFolder } from "./in_folder.ts";
import { tagged } from "./tags.ts";

const { float32, GraphBuilder, Tensor } = espalier;
type Model = espalier.Model;
type Runtime = espalier.Runtime;

// A method, the constructor, and the accessor that an assignment calls.
const NAMES = ["valueOf", "constructor", "__proto__"];

const waves = (dims: number[], phase: number) => {
  const size = dims.reduce((a, b) => a * b);
  return new Tensor("float32", Float32Array.from({ length: size }, (_, i) => Math.sin(7 * i + phase)), dims);
};

/** What things are called in a model, or one of them in a stranger's. */
const PLAIN = {
  graph: "g",
  input: "x",
  weight: "w",
  bias: "b",
  mean: "m",
  output: "y",
  node: "n",
  size: "N",
};
type Role = keyof typeof PLAIN;

function network(named: typeof PLAIN): Model {
  const g = new GraphBuilder(named.graph);
  const x = g.input(named.input, "float32", [named.size, 4]);
  const weight = g.parameter(named.weight, waves([8, 4], 1));
  const layer = g.gemm(x, weight, g.parameter(named.bias, waves([8], 2)), { transB: 1 });
  const [scale, shift] = [g.parameter("scale", waves([8], 5)), g.parameter("shift", waves([8], 6))];
  const mean = g.parameter(named.mean, waves([8], 7));
  const variance = g.parameter("variance", float32(Array.from({ length: 8 }, (_, i) => 0.5 + i / 8)));
  const hidden = g.relu(g.batchNorm(layer, scale, shift, mean, variance));
  g.output(g.gemm(hidden, g.parameter("last", waves([2, 8], 3)), undefined, { transB: 1 }), named.output);
  const model = g.model();
  const [first, ...others] = model.graph.nodes;
  return model.withGraph({ ...model.graph, nodes: [{ ...first!, name: named.node }, ...others] });
}

const inputs = waves([8, 4], 4);
const targets = new Tensor("int64", BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i % 2)), [8]);

const weights = (model: Model) =>
  [...model.graph.initializers.values()].map((
    tensor,
  ) => [...(tensor as espalier.Tensor).data as Float32Array]);

const by = <T>(name: string, value: T): Record<string, T> => Object.fromEntries([[name, value]]);

/** Public functions, each as numbers that do not depend on what things are called. */
const DOORS: Record<string, (model: Model, named: typeof PLAIN, runtime: Runtime) => unknown> = {
  "read and written": (model) => weights(all.decodeModel(model.toOnnx())),
  "saved with data beside it": (model) =>
    inFolder(async (folder) => {
      await espalier.saveModel(model, `${folder}/m.onnx`, { externalData: true });
      return weights(await espalier.loadModel(`${folder}/m.onnx`));
    }),
  shapes: (model, { input, output }) =>
    espalier.inferShapes(model, { inputShapes: by(input, [3, 4]) }).graph.values.get(output)!.shape,
  costs: (model, { input }) => espalier.countMacs(model, { inputShapes: by(input, [3, 4]) }).macs,
  rewrites: async (model) => {
    const folded = await all.foldConstants(all.hoistConstants(all.upgradeOpset(model)));
    return weights(all.removeDeadCode(folded));
  },
  run: async (model, { input, output }, runtime) => {
    const found = await espalier.runModel(model, by(input, inputs), { runtime });
    assert.deepEqual(Object.keys(found), [output]);
    await assert.rejects(espalier.runModel(model, {}, { runtime }), /is missing; the model expects/);
    return [...found[output]!.data as Float32Array];
  },
  pruned: (model) => {
    const plan = espalier.planPruning(model, { target: { parameters: 0.6 } });
    return [weights(espalier.prune(model, plan)), weights(espalier.mask(model, plan))];
  },
  "in a report": async (model, { input }) =>
    (await espalier.report(model, model, { inputShapes: by(input, [1, 4]) })).before.macs,
  measured: async (model, _named, runtime) => (await espalier.measureLatency(model, { runtime })).median > 0,
  sensitivity: async (model, _named, runtime) => {
    const rows = await Array.fromAsync(espalier.sensitivity(model, { inputs, targets }, { runtime }));
    return rows.map(({ loss }) => loss);
  },
  trained: async (model, { input }, runtime) => {
    const data = { inputs: by(input, inputs), targets: { labels: targets } };
    const options = { epochs: 2, runtime, ema: 0.5, validation: data };
    return weights((await espalier.fit(model, data, options)).model);
  },
  "trained sparse": async (model, _named, runtime) => {
    const data = { inputs, targets };
    const found = [];
    for (
      const sparsify of [espalier.issP({ sparsity: 0.5 }), all.issR({ sparsity: 0.5, every: 1 })]
    ) {
      const { model: trained, masks } = await espalier.fit(model, data, { epochs: 4, runtime, sparsify });
      found.push(weights(trained), Object.values(masks!).map(({ bits }) => [...bits]));
    }
    return found;
  },
  "trained in two parts": (model, _named, runtime) =>
    inFolder(async (folder) => {
      const sparsify = all.srp({ sparsity: 0.5, pruningSteps: 2, every: 1 });
      const schedule = espalier.constantRate(0.01);
      const options = { checkpoint: `${folder}/c`, schedule, runtime, sparsify };
      await espalier.fit(model, { inputs, targets }, { ...options, epochs: 1 }).catch(() => {});
      return weights((await espalier.fit(model, { inputs, targets }, { ...options, epochs: 4 })).model);
    }),
  evaluated: async (model, _named, runtime) =>
    (await espalier.evaluate(model, { inputs, targets }, { runtime })).loss,
  "in a sparse file": (model) =>
    inFolder(async (folder) => {
      const masks = espalier.magnitudeMasks(model, 0.5);
      await espalier.saveSparse(espalier.maskWeights(model, masks), `${folder}/s.safetensors`, { masks });
      const again = await espalier.loadSparse(`${folder}/s.safetensors`);
      return [weights(again.model), espalier.sparsityOf(again.model, again.masks).kept];
    }),
  "N:M": async (model) =>
    Object.values(await espalier.nmMasks(model, { n: 2, m: 4 })).map(({ bits }) => [...bits]),
  "weights by name": async (model) => {
    const tensors = Object.fromEntries(model.graph.initializers) as Record<string, espalier.Tensor>;
    return weights(
      espalier.loadWeights(model, await espalier.loadCheckpoint(all.encodeSafetensors(tensors))),
    );
  },
  "shrunk and meta-trained": async (model, named, runtime) => {
    const metanetwork = all.metanetworkFor(model, { layers: 1, hidden: 2, seed: 1 });
    const step = all.metaStep(model, metanetwork);
    const feeds = Object.keys(step.feeds(model)).length;
    const changed = await all.applyMetanetwork(model, metanetwork, { runtime });
    const loss = all.withGroupSparsity(espalier.crossEntropy(), model);
    const pushed = await espalier.fit(model, { inputs, targets }, { epochs: 1, loss, runtime });
    const small = await all.shrinkGroups(model, { distance: 0.1, runtime });
    return [feeds, weights(changed), weights(pushed.model), weights(small), named.graph.length > 0];
  },
  "as a graph of channels": (model) => weights(all.fromMetaGraph(model, all.metaGraph(model))),
};

withEngine(tagged("names that objects inherit change nothing", "slow"), "native", async (runtime) => {
  for (const [door, ask] of Object.entries(DOORS)) {
    const expected = await ask(network(PLAIN), PLAIN, runtime);
    for (const role of Object.keys(PLAIN) as Role[]) {
      for (const name of NAMES) {
        const named = { ...PLAIN, [role]: name };
        let found: unknown;
        try {
          found = await ask(network(named), named, runtime);
        } catch (error) {
          throw new Error(`${door}, ${role} called ${name}: ${(error as Error).message}`, { cause: error });
        }
        assert.deepEqual(found, expected, `${door}, ${role} called ${name}`);
      }
    }
  }
});

Deno.test("operators with such names are operators without a row", async () => {
  for (const op of NAMES) {
    const g = new GraphBuilder("g");
    const x = g.relu(
      g.gemm(g.input("x", "float32", [1, 4]), g.parameter("w", waves([8, 4], 1)), undefined, { transB: 1 }),
    );
    const [unknown] = g.node(op, [x]);
    g.output(g.node(op, [unknown!], {}, { domain: op })[0]!, "y");
    const model = all.decodeModel(g.model().toOnnx());
    assert.equal(Object.getOwnPropertyDescriptor(model.info.opsets, op)?.value, 1, `version of domain ${op}`);
    assert.equal(espalier.channelGroups(model).prunable.length, 0);
    assert.equal(espalier.inferShapes(model).graph.nodes.length, model.graph.nodes.length);
    assert.throws(() => espalier.gradients(model, "y", ["w"]), (error: Error) => error.message.includes(op));
    await all.foldConstants(all.upgradeOpset(model));
  }
});
