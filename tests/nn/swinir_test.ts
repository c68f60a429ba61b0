import { deepEqual } from "node:assert/strict";
import { edsr, type EdsrOptions } from "../../lib/nn/edsr.ts";
import { swinir, type SwinirOptions } from "../../lib/nn/swinir.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, sizeOf } from "../../lib/tensor/tensor.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { assertClose, type Tolerance } from "../close.ts";
import { withEngine } from "../train/engines.ts";

/** One line of swinir.jsonl; make_swinir_fixture.py says what is in it. */
interface Case {
  network: "swinir" | "edsr";
  options: SwinirOptions & EdsrOptions;
  input: number[];
  output: number[];
  every: number;
  kept: number[];
  gradients: Record<string, number>;
}

const CASES: Case[] = (await Deno.readTextFile(new URL("../fixtures/swinir.jsonl", import.meta.url)))
  .trim().split("\n").map((line) => JSON.parse(line));

const nameOf = ({ network, options, input }: Case) =>
  `${network} with ${options.features} features, ×${options.scale}, ${input.join(" × ")}`;

/** Through up to 24 blocks in float32. */
const DEEP_FLOAT32: Tolerance = { absolute: 5e-5, relative: 5e-5 };

const noise = (count: number, phase = 0) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(0.37 * i * i + phase));

/** The network with the fixture's weights. */
function made({ network, options }: Case): Model {
  const model = network === "swinir" ? swinir(options) : edsr(options);
  const initializers = new Map(model.graph.initializers);
  for (const { name, tensor: { dims } } of weightsOf(model)) {
    const scale = name.endsWith("table") ? 2 : Math.sqrt(2 / (dims.length > 1 ? sizeOf(dims.slice(1)) : 50));
    const norm = name.includes("norm") && name.endsWith("weight");
    const values = noise(sizeOf(dims), name.length).map((v) => norm ? 1 + 0.2 * v : v * scale);
    initializers.set(name, float32(values, dims));
  }
  return model.withGraph({ ...model.graph, initializers });
}

const image = (dims: number[]) => float32(noise(sizeOf(dims), 5).map((v) => 0.5 + 0.5 * v), dims);

for (const engine of ["native", "wasm", "webgpu"] as const) {
  for (const each of CASES) {
    const { options, input, output, every, kept } = each;
    // A software GPU takes ten seconds for the smallest network.
    const ignore = engine === "webgpu" && options.features !== 12;
    withEngine(`what PyTorch gives: ${nameOf(each)}`, engine, async (runtime) => {
      const { output: y } = await runModel(made(each), { input: image(input) }, { runtime });
      deepEqual(y!.dims, output);
      const values = y!.data as Float32Array;
      assertClose(kept.map((_, i) => values[i * every]!), kept, DEEP_FLOAT32);
    }, { ignore });
  }
}

for (const each of CASES.filter(({ options }) => options.features! < 60)) {
  Deno.test(`gradients of all parameters are PyTorch's: ${nameOf(each)}`, async () => {
    const g = new GraphBuilder(made(each).graph);
    const weights = g.input("weights", "float32", g.shape("output"));
    const loss = g.output(g.reduceSum(g.mul("output", weights), undefined, { keepdims: false }), "loss");
    const names = Object.keys(each.gradients);
    deepEqual(names.sort(), weightsOf(made(each)).map(({ name }) => name).sort());
    const found = gradients(g.model(), loss, names);
    const outputs = await runModel(found.model, {
      input: image(each.input),
      weights: float32(noise(sizeOf(each.output)), each.output),
    });
    for (const name of names) {
      const gradient = outputs[found.gradients[name]!]!.data as Float32Array;
      const norm = Math.hypot(...gradient);
      const projection = gradient.reduce((sum, value, i) => sum + value * Math.sin(1.3 * i), 0);
      // The projection is small beside what is added up to it.
      assertClose([projection], [each.gradients[name]!], { absolute: 1e-4 * norm, relative: 1e-4 }, name);
    }
  });
}
