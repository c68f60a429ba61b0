import { calibrationRun } from "../../../lib/compress/calibration.ts";
import { stagesOf } from "../../../lib/compress/calibrate/stages.ts";
import type { InputStatistics } from "../../../lib/compress/calibrate/statistics.ts";
import { type LinearLayer, linearLayers, readMatrix } from "../../../lib/compress/linear_layers.ts";
import { METHODS } from "../../../lib/compress/methods/methods.ts";
import { productsOn } from "../../../lib/compress/numeric/products.ts";
import { targetsOf } from "../../../lib/compress/settings.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Spent, spent } from "../turns.ts";
import { normalNumbers } from "./contestants.ts";

/** A layer of side × side weights, and how many tokens its Hessian is made of. */
export interface Layer {
  side: number;
  tokens: number;
}

/** What each part took: seconds on the wall, and of all processors together. */
export type Took = Record<"hessian" | "prune", Spent>;

/** What `compress` does of a layer, its two parts by themselves. */
export async function compressed({ side, tokens }: Layer): Promise<Took> {
  const g = new GraphBuilder("layer");
  const x = g.input("x", "float32", ["sequences", "tokens", side]);
  g.output(g.matMul(x, g.parameter("weight", normalNumbers([side, side], "weight"))), "y");
  const model = g.model();
  const [layer] = linearLayers(model) as [LinearLayer];
  const stored = model.graph.initializers.get(layer.weight) as Tensor;
  const length = Math.min(tokens, 2048);
  const records = Array.from(
    { length: tokens / length },
    (_, i) => ({ x: normalNumbers([1, length, side], `${i}`) }),
  );
  const target = targetsOf([layer.weight], { method: "sparsegpt", sparsity: 0.5 }).get(layer.weight)!;
  const runtime = await openRuntime();
  const products = productsOn(runtime);
  let took: Took | undefined;
  for (let round = 0; round < 2; round++) {
    const run = calibrationRun(
      model,
      stagesOf([layer], "blocks"),
      { records, weightNow: (_, before) => before },
      { runtime, float64: false, cross: false, signal: undefined },
    );
    let inputs: InputStatistics | undefined;
    took = {
      hessian: await spent(async () => [inputs] = (await run.collect(0)).get(layer.shares)!),
      prune: await spent(async () => {
        const weight = readMatrix(layer, stored);
        await METHODS.sparsegpt.run({
          name: layer.weight,
          weight,
          rows: side,
          columns: side,
          inputs,
          products,
        }, target);
      }),
    };
  }
  await products.close();
  await runtime.close();
  return took!;
}
