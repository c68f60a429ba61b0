import { int64, Tensor } from "../../../lib/tensor/tensor.ts";
import { checkGradient, numbers } from "./check.ts";

const scores = numbers([4, 3]);
const labels = [0, 2, 1, 2];
const weight = [0.5, 1.5, 2];

function logProbabilities(scores: number[]): number[] {
  return scores.map((score, i) => {
    const row = scores.slice(i - i % 3, i - i % 3 + 3);
    return score - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
  });
}

function reduce(logs: number[], reduction: string, weighted: boolean, ignored: number | undefined): number[] {
  const w = labels.map((label) => label === ignored ? 0 : weighted ? weight[label]! : 1);
  const each = labels.map((label, i) => -w[i]! * logs[3 * i + label]!);
  if (reduction === "none") return each;
  const sum = each.reduce((a, b) => a + b);
  return [reduction === "sum" ? sum : sum / w.reduce((a, b) => a + b)];
}

for (const op of ["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"]) {
  Deno.test(`gradient of ${op}`, async () => {
    for (const reduction of ["mean", "sum", "none"]) {
      for (const weighted of [false, true]) {
        for (const ignore_index of [undefined, 2]) {
          const reference = (x: number[]) =>
            reduce(op[0] === "S" ? logProbabilities(x) : x, reduction, weighted, ignore_index);
          await checkGradient(
            (g, x) => {
              const weights = weighted
                ? g.constant(new Tensor("float32", Float32Array.from(weight), [3]))
                : undefined;
              return g.node(op, [x, g.constant(int64(labels)), weights], { reduction, ignore_index })[0]!;
            },
            { scores },
            { reference },
          );
        }
      }
    }
  });
}

Deno.test("gradient through both outputs of SoftmaxCrossEntropyLoss", async () => {
  const reference = (x: number[]) => {
    const logs = logProbabilities(x);
    const [loss] = reduce(logs, "mean", false, undefined);
    return logs.map((log) => log * loss!);
  };
  await checkGradient(
    (g, x) => {
      const [loss, logs] = g.node("SoftmaxCrossEntropyLoss", [x, g.constant(int64(labels))], {}, {
        outputs: 2,
      });
      return g.mul(loss!, logs!);
    },
    { scores },
    { reference },
  );
});
