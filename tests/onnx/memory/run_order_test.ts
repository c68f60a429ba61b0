import assert from "node:assert/strict";
import { join } from "node:path";
import { importOrtNode } from "../../../lib/deps.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import type { Model, Node } from "../../../lib/onnx/model.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { runOrder } from "../../../lib/onnx/memory/run_order.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { adamW } from "../../../lib/train/optimizers.ts";
import { trainingStep } from "../../../lib/train/training_step.ts";

const node = (name: string, inputs: string[]): Node => ({
  op: "Sum",
  inputs,
  outputs: [name],
  attributes: {},
});

Deno.test("a graph runs from its last end, and of what a node needs the last one first", () => {
  const nodes = [
    node("a", ["x"]),
    node("b", ["x"]),
    node("end 1", ["a"]),
    node("c", ["b", "a"]),
    node("end 2", ["c"]),
  ];
  const order = runOrder({ nodes }).map(({ outputs }) => outputs[0]);
  assert.deepEqual(order, ["b", "a", "c", "end 2", "end 1"]);
});

/** The nodes in the order in which ONNX Runtime's own protocol of a run has them, by number. */
async function protocol(model: Model): Promise<number[]> {
  const { default: ort } = await importOrtNode() as unknown as {
    default: typeof import("npm:onnxruntime-common@1.30.0");
  };
  const folder = await Deno.makeTempDir();
  try {
    const nodes = model.graph.nodes.map((node, i) => ({ ...node, name: `${i}` }));
    const session = await ort.InferenceSession.create(model.withGraph({ ...model.graph, nodes }).toOnnx(), {
      graphOptimizationLevel: "disabled",
      enableProfiling: true,
      profileFilePrefix: join(folder, "run"),
      intraOpNumThreads: 1,
    });
    const feeds = model.graph.inputs.map((name) => {
      const { type, shape } = model.graph.values.get(name)!;
      const dims = shape!.map(Number);
      const data = type === "int64"
        ? new BigInt64Array(sizeOf(dims))
        : new Float32Array(sizeOf(dims)).fill(0.1);
      return [name, new Tensor(type as "float32", data as Float32Array, dims)];
    });
    await session.run(Object.fromEntries(feeds));
    session.endProfiling();
    await session.release();
    const [file] = [...Deno.readDirSync(folder)];
    const events: { name: string; cat: string }[] = JSON.parse(
      await Deno.readTextFile(join(folder, file!.name)),
    );
    return events.flatMap(({ name, cat }) =>
      cat === "Node" && name.endsWith("_kernel_time") ? parseInt(name) : []
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [name, network, dims] of [["an MLP", mlp({ sizes: [4, 8, 3] }), [2, 4]], [
    "ResNet-20",
    resnetCifar(),
    [2, 3, 32, 32],
  ]] as const
) {
  Deno.test(`a training step of ${name} runs in ONNX Runtime in the order that is expected`, async () => {
    const input = network.graph.inputs[0]!;
    const still = inferShapes(network, { inputShapes: { [input]: dims } });
    const step = trainingStep(still, { optimizer: adamW(), clip: 1 });
    const { graph } = inferShapes(step.model, { inputShapes: { [step.targets.labels!]: [dims[0]] } });
    const model = step.model.withGraph(graph);
    const places = new Map(model.graph.nodes.map((node, i) => [node, i]));
    const expected = runOrder(model.graph).map((node) => places.get(node)!);
    const found = await protocol(model);
    // What is only a number of constants is computed before.
    const ran = new Set(found);
    assert.ok(found.length > 0.9 * expected.length, `${found.length} of ${expected.length}`);
    assert.deepEqual(found, expected.filter((node) => ran.has(node)));
  });
}
