/** A network is trained, pruned, and trained on: what pruning cost is won back. */
import { cosine, evaluate, fit, mlp, planPruning, prune, seededRandom, Tensor } from "../../mod.ts";

/** Points in the plane, and in which of four quadrants each lies. */
function quadrants(count: number, seed: number): { inputs: Tensor; targets: Tensor } {
  const random = seededRandom(seed, "quadrants");
  const points = Float32Array.from({ length: 2 * count }, () => random.uniform(-1, 1));
  const labels = BigInt64Array.from(
    { length: count },
    (_, i) => BigInt(2 * Number(points[2 * i]! > 0) + Number(points[2 * i + 1]! > 0)),
  );
  return { inputs: new Tensor("float32", points, [count, 2]), targets: new Tensor("int64", labels, [count]) };
}

const [train, test] = [quadrants(1000, 0), quadrants(1000, 1)];
const settings = { epochs: 20, batchSize: 50, schedule: cosine({ rate: 0.1 }) };
const { model } = await fit(mlp({ sizes: [2, 32, 32, 4] }), train, settings);
const smaller = prune(model, planPruning(model, { target: { macs: 0.1 } }));
const { model: tuned } = await fit(smaller, train, settings);

for (const [name, one] of Object.entries({ trained: model, pruned: smaller, "fine-tuned": tuned })) {
  const { accuracy } = await evaluate(one, test);
  console.log(`${name}: ${(100 * accuracy!).toFixed(1)} %`);
}
