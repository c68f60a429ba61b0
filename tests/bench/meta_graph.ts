/** As a program, `meta_graph.ts <network>`: makes a graph of a network and goes back, and prints what it took, as JSON. */
import { Tensor } from "../../lib/tensor/tensor.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { resnetImagenet } from "../../lib/nn/resnet_imagenet.ts";
import { vit } from "../../lib/nn/vit.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { peakMemory } from "./peak_memory.ts";
import { type Bench, digits } from "./section.ts";

const NETWORKS: Record<string, () => Model> = {
  "ResNet-18": () => resnetImagenet({ depth: 18, weights: "zeros" }),
  "ResNet-50": () => resnetImagenet({ depth: 50, weights: "zeros" }),
  "ResNet-101": () => resnetImagenet({ depth: 101, weights: "zeros" }),
  "ViT-B/16": () => vit({ weights: "zeros" }),
};

interface Took {
  parameters: number;
  /** Seconds to the graph, back from unchanged features, and back from new ones. */
  seconds: [number, number, number];
  /** Bytes beyond the model's, after the graph was made, and after the way back from new features. */
  bytes: [number, number];
}

/** Time and memory from a network to its graph and back, in a fresh process each; the best of the rounds. */
export const metaGraphs: Bench = async ({ rounds }) => {
  const section = {
    title: "From a network to its graph and back",
    about:
      "`metaGraph`, then `fromMetaGraph` with the same features and with new ones for all nodes and edges. Best " +
      `time of ${rounds} fresh processes; peak resident memory beyond the model's own as a multiple of its ` +
      "parameters, from the operating system, the new features not counted.",
    head: [
      "network",
      "parameters",
      "to, s",
      "back, s",
      "back changed, s",
      "graph / parameters",
      "model / parameters",
    ],
  };
  if (Deno.build.os !== "linux") return { ...section, about: "Measured on Linux only.", rows: [] };
  const rows: string[][] = [];
  for (const name of Object.keys(NETWORKS)) {
    const took: Took[] = [];
    for (let i = 0; i < rounds; i++) {
      const args = ["run", "-A", import.meta.url, name];
      const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
      took.push(JSON.parse(new TextDecoder().decode(stdout)));
    }
    const { parameters } = took[0]!;
    const best = (of: (one: Took) => number) => Math.min(...took.map(of));
    rows.push([
      name,
      parameters.toLocaleString("en"),
      ...[0, 1, 2].map((i) => digits(best(({ seconds }) => seconds[i]!))),
      ...[0, 1].map((i) => digits(best(({ bytes }) => bytes[i]!) / (4 * parameters), 2)),
    ]);
  }
  return { ...section, rows };
};

function measure(model: Model): Took {
  let parameters = 0;
  // Memory counts once it is written to.
  for (const tensor of model.graph.initializers.values()) {
    if (tensor.type !== "float32" || !("data" in tensor)) continue;
    parameters += tensor.size;
    (tensor.data as Float32Array).fill(0.5);
  }
  const timed = <T>(run: () => T): [T, number] => {
    const start = performance.now();
    const result = run();
    return [result, (performance.now() - start) / 1000];
  };
  const before = peakMemory();
  const [graph, to] = timed(() => metaGraph(model));
  const withGraph = peakMemory();
  const [, back] = timed(() => fromMetaGraph(model, graph));
  const other = ({ dims, size }: Tensor) => new Tensor("float32", new Float32Array(size).fill(0.25), dims);
  const changed = graph.withFeatures(
    graph.layers.map(({ features }) => other(features)),
    graph.blocks.map(({ features }) => other(features)),
  );
  const withFeatures = peakMemory();
  const [, backChanged] = timed(() => fromMetaGraph(model, changed));
  return {
    parameters,
    seconds: [to, back, backChanged],
    bytes: [withGraph - before, peakMemory() - withFeatures],
  };
}

if (import.meta.main) console.log(JSON.stringify(measure(NETWORKS[Deno.args[0]!]!())));
