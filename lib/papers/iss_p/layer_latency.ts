import { requireOptions } from "../../options.ts";
import { sparseConvolution } from "../../../kernels/webgpu/sparse/sparse_convolution.ts";
import { sparseRows } from "../../../kernels/webgpu/sparse/sparse_rows.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { conv2d } from "../../nn/layers.ts";
import { GraphBuilder } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { magnitudeMasks, maskWeights } from "../../sparse/masks.ts";
import type { LatencyRow } from "./latency.ts";

/**
 * The layer of EDSR-baseline that is there 33 times, on a small image: the one that was measured
 * independently, too.
 */
const LAYER = { channels: 64, kernel: 3, size: 48 } as const;

/** Settings of {@linkcode measureLayer}. */
export interface LayerLatencyOptions {
  /** Engine that runs the layer. */
  runtime: Runtime;
  /** Sparsities to measure, 0 to 1. */
  sparsities: readonly number[];
  /** Timed runs each. Default 200. */
  runs?: number | undefined;
}

/**
 * Times one convolution of 64 → 64 channels, 3 × 3, on 48 × 48 pixels: by the engine, which multiplies zeros
 * too, and by `sparseConvolution`, which walks the weights that are left, on one thread in JavaScript. In
 * turns; the faster half of the runs counts, because whatever else a machine does only adds time to such
 * short ones.
 */
export async function measureLayer(
  options: LayerLatencyOptions,
): Promise<LatencyRow[]> {
  requireOptions("measureLayer", options, { runtime: true, sparsities: true, runs: true });
  const { runtime, sparsities, runs = 200 } = options;
  const { channels, kernel, size } = LAYER;
  const random = seededRandom(0, "layer");
  const x = new Tensor(
    "float32",
    Float32Array.from({ length: channels * size * size }, () => random.normal()),
    [1, channels, size, size],
  );
  const dense = layer();
  const cases = await Promise.all(sparsities.map(async (sparsity) => {
    const model = sparsity > 0 ? maskWeights(dense, magnitudeMasks(dense, sparsity)) : dense;
    const weight = sparseRows(model.graph.initializers.get("conv.weight") as Tensor);
    const session = await runtime.session(model);
    return {
      sparsity,
      runs: {
        "zeros, run densely": () => session.run({ x }),
        "zeros skipped": () =>
          sparseConvolution(x, weight, { kernelShape: [kernel, kernel], pads: [1, 1, 1, 1] }),
      },
      times: { "zeros, run densely": [] as number[], "zeros skipped": [] as number[] },
      release: () => session.release(),
    };
  }));
  // The first runs compile and warm up.
  for (let run = -2; run < runs; run++) {
    for (const { runs: ways, times } of cases) {
      for (const way of ["zeros, run densely", "zeros skipped"] as const) {
        const start = performance.now();
        await ways[way]();
        if (run >= 0) times[way].push(performance.now() - start);
      }
    }
  }
  for (const { release } of cases) await release();
  const measured = cases.flatMap(({ sparsity, times }) =>
    Object.entries(times).map(([series, values]): LatencyRow => {
      const sorted = values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length / 2));
      const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!;
      return {
        series: series as LatencyRow["series"],
        sparsity,
        median: at(0.5),
        low: at(0.25),
        high: at(0.75),
      };
    })
  );
  const whole = measured.find(({ series }) => series === "zeros, run densely")!;
  const ideal = sparsities.map((sparsity): LatencyRow => {
    const median = (1 - sparsity) * whole.median;
    return { series: "ideal", sparsity, median, low: median, high: median };
  });
  return [...measured, ...ideal];
}

function layer(): Model {
  const { channels, kernel, size } = LAYER;
  const g = new GraphBuilder("layer");
  const x = g.input("x", "float32", [1, channels, size, size]);
  const options = { in: channels, out: channels, kernel, padding: 1, bias: false };
  g.output(conv2d(g, x, { name: "conv", random: seededRandom(0), ...options }), "y");
  return g.model();
}
