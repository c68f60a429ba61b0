import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Attribute } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { encodeModel } from "../../../lib/onnx/codec/encode.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { dataFile } from "../../data.ts";
import { REAL_MODELS, realFeeds, realModel, realModelBytes, reference } from "../real_models.ts";
import { runNative } from "../run_native.ts";

for (const name of REAL_MODELS) {
  const bytes = realModelBytes(name);

  Deno.test({
    name: `${name} is the same model after writing and reading`,
    ignore: !bytes,
    fn() {
      const model = decodeModel(bytes!);
      const again = decodeModel(encodeModel(model));
      assert.deepEqual(again, model);
      assert.deepEqual(encodeModel(again), encodeModel(model));
    },
  });

  Deno.test({
    name: `${name}, written and read, gives the reference outputs`,
    ignore: !bytes || name.startsWith("light") || name === "squeezenet_tensor_input",
    async fn() {
      const model = realModel(name);
      const outputs = await runNative(model, realFeeds(name, model));
      for (const [output, tensor] of Object.entries(outputs)) {
        // The reference of resnet20 belongs to other inputs and is used where accuracy is tested.
        const expected = reference(name, `out.${output}`);
        if (expected === undefined) {
          assert.equal(name, "resnet20-cifar10-optionA", `no reference for ${output}`);
          continue;
        }
        assert.deepEqual(tensor.dims, expected.dims);
        assertClose(tensor.data as Float32Array, expected.data as Float32Array, REORDERED_FLOAT32, output);
      }
    },
  });
}

Deno.test("integers that are none are refused by the name of their node and attribute", () => {
  const wrong: Attribute[] = [
    { type: "int", value: 1.5 },
    { type: "int", value: NaN },
    { type: "int", value: 2n ** 63n },
    { type: "ints", value: [1, -0.5] },
  ];
  for (const attribute of wrong) {
    const g = new GraphBuilder("wrong");
    g.output(g.node("Softmax", [g.input("x", "float32", ["N"])], {}, { name: "s" })[0]!, "y");
    const graph = g.graph();
    const nodes = graph.nodes.map((node) => ({ ...node, attributes: { axis: attribute } }));
    const model = g.model().withGraph({ ...graph, nodes });
    const given = attribute.type === "ints" ? "-0\\.5" : String(attribute.value);
    assert.throws(() => encodeModel(model), {
      name: "TypeError",
      message: new RegExp(
        `^Cannot write attribute "axis" of Softmax .*with ${given}: expected whole numbers`,
      ),
    });
  }
  const g = new GraphBuilder("right");
  const extremes: Attribute = { type: "ints", value: [-(2n ** 63n), 2n ** 63n - 1n, 2 ** 60] };
  g.output(g.node("Softmax", [g.input("x", "float32", ["N"])], { axis: extremes })[0]!, "y");
  const read = decodeModel(encodeModel(g.model())).graph.nodes[0]!.attributes["axis"]!;
  assert.deepEqual([...read.value as bigint[]].map(BigInt), extremes.value.map(BigInt));
});

const squeezenet = realModelBytes("squeezenet_tensor_input");

Deno.test({
  name: "squeezenet, whose output is no tensor, gives the reference class and scores",
  ignore: !squeezenet,
  async fn() {
    const { graph } = decodeModel(squeezenet!);
    assert.ok(graph.values.get("loss")?.opaque, "the map output keeps its type as bytes");
    // onnxruntime-node returns no maps: the scores are read before they are put into one.
    const zipMap = graph.nodes.find(({ op }) => op === "ZipMap")!;
    const model = decodeModel(squeezenet!).withGraph({
      ...graph,
      nodes: graph.nodes.filter((node) => node !== zipMap),
      outputs: ["classLabel", zipMap.inputs[0]!],
    });
    const outputs = await runNative(model, realFeeds("squeezenet_tensor_input", model));
    const expected = JSON.parse(
      readFileSync(dataFile("onnx/reference/squeezenet_tensor_input.out.json")!, "utf8"),
    );
    const labels = zipMap.attributes.classlabels_strings;
    assert.ok(labels?.type === "strings");
    const scores = outputs[zipMap.inputs[0]!]!.data as Float32Array;
    assert.deepEqual([...outputs.classLabel!.data as string[]], [expected.classLabel].flat());
    assertClose(
      scores,
      labels.value.map((label) => [expected.loss].flat()[0][label as string]),
      REORDERED_FLOAT32,
    );
  },
});

Deno.test("a value whose shape is known but not its type is written without either, and the model runs", async () => {
  const g = new GraphBuilder("typeless");
  const x = g.input("x", "float32", [2]);
  const y = g.relu(x);
  g.declare(y, { shape: [2] });
  g.output(g.neg(y), "z");
  const model = g.model();
  assert.ok(!decodeModel(encodeModel(model)).graph.values.has(y));
  const { z } = await runNative(model, { x: float32([-1, 3]) });
  assert.deepEqual(numbersOf(z!).map(Math.abs), [0, 3]);
});
