import { deepEqual, equal, notEqual } from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { fit } from "../../../lib/train/fit.ts";
import { untieStatistics } from "../../../lib/train/norms/untie_statistics.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { withEngine } from "../engines.ts";
import { moons } from "../moons.ts";

const NUMBERS: Readonly<Record<string, number>> = { scale: 1, bias: 0, mean: 0, variance: 1 };
const PARTS = Object.keys(NUMBERS);

/** Norms over two channels, one after the other, with tensors of these names: scale, bias, mean, variance. */
function normed(norms: readonly (readonly string[])[]): Model {
  const g = new GraphBuilder("norms");
  const stored = new Map<string, string>();
  const parameter = (name: string, value: number) => {
    if (!stored.has(name)) stored.set(name, g.parameter(name, float32([value, value])));
    return stored.get(name)!;
  };
  let x = g.input("x", "float32", ["N", 2]);
  for (const names of norms) {
    const [scale, bias, mean, variance] = names.map((name, i) => parameter(name, NUMBERS[PARTS[i]!]!));
    x = g.batchNorm(x, scale!, bias!, mean!, variance!);
  }
  g.output(g.gemm(x, g.parameter("w", float32([1, 2, 3, 4], [2, 2]))), "logits");
  return g.model();
}

/** As exporters store norms that were not trained. */
const MERGED = ["bn.weight", "bn.bias", "bn.bias", "bn.weight"];

const named = (norm: string) => PARTS.map((part) => `${norm}.${part}`);

/** What the norms of a model read, as numbers that tell tensors apart. */
function readsOf({ graph }: Model): number[][] {
  const seen: string[] = [];
  return graph.nodes.filter(({ op }) => op === "BatchNormalization").map(({ inputs }) =>
    inputs.slice(1, 5).map((name) => {
      if (!seen.includes(name)) seen.push(name);
      return seen.indexOf(name);
    })
  );
}

Deno.test("each norm gets statistics of its own, whatever they were stored together with", () => {
  const apart = [[0, 1, 2, 3], [4, 5, 6, 7]];
  deepEqual(readsOf(untieStatistics(normed([MERGED, MERGED]))), apart);
  deepEqual(readsOf(untieStatistics(normed([["a", "b", "m", "v"], ["c", "d", "m", "v"]]))), apart);
  const { graph } = untieStatistics(normed([MERGED]));
  deepEqual(
    graph.nodes[0]!.inputs.slice(1),
    ["bn.weight", "bn.bias", "bn.bias_1", "bn.weight_1"],
    "weights keep the name",
  );
  equal(graph.initializers.get("bn.weight_1"), graph.initializers.get("bn.weight"), "the numbers are copied");
});

Deno.test("a norm that is used twice keeps its statistics, and so do norms that share none", () => {
  for (const norms of [[named("a"), named("a")], [named("a"), named("b")]]) {
    const model = normed(norms);
    equal(untieStatistics(model), model);
  }
  const [norm, other] = [["a", "b", "m", "v"], ["c", "d", "m", "u"]];
  deepEqual(readsOf(untieStatistics(normed([norm!, norm!, other!]))), [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
});

withEngine(
  "norms whose tensors were stored once train as those with their own",
  "native",
  async (runtime) => {
    const trained = async (norms: readonly (readonly string[])[]) => {
      const { model } = await fit(normed(norms), moons(32, 1), { epochs: 3, batchSize: 8, runtime, seed: 1 });
      const nodes = model.graph.nodes.filter(({ op }) => op === "BatchNormalization");
      return nodes.map(({ inputs }) =>
        inputs.slice(1, 5).map((name) => numbersOf(model.graph.initializers.get(name) as Tensor))
      );
    };
    const [found, expected] = [await trained([MERGED, MERGED]), await trained([named("a"), named("b")])];
    assertClose(found.flat(2), expected.flat(2), REORDERED_FLOAT32);
    notEqual(found[0]![0]![0], found[0]![3]![0]);
  },
);
