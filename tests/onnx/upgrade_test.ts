import assert from "node:assert/strict";
import { hoistConstants } from "../../lib/onnx/hoist_constants.ts";
import { Model, OPSET } from "../../lib/onnx/model.ts";
import { upgradeOpset } from "../../lib/onnx/upgrade.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { REAL_MODELS, realFeeds, realModel, realModelBytes } from "./real_models.ts";
import { runNative } from "./run_native.ts";

/** Without the outputs that onnxruntime-node cannot return. */
function tensorsOnly(model: Model): Model {
  const { graph } = model;
  const outputs = graph.outputs.filter((name) => graph.values.get(name)?.opaque === undefined);
  const nodes = graph.nodes.filter(({ op }) => op !== "ZipMap");
  return model.withGraph({ ...graph, outputs, nodes });
}

for (const name of REAL_MODELS) {
  Deno.test({
    name: `${name} computes the same at operator set ${OPSET}, and with its constants hoisted`,
    ignore: !realModelBytes(name),
    async fn() {
      const model = tensorsOnly(realModel(name));
      const feeds = realFeeds(name, model);
      const expected = await runNative(model, feeds);
      const upgraded = upgradeOpset(model);
      assert.equal(upgraded.info.opsets[""], OPSET);
      for (const other of [upgraded, hoistConstants(upgraded)]) {
        const outputs = await runNative(other, feeds);
        assert.deepEqual(Object.keys(outputs), Object.keys(expected));
        for (const [output, { data }] of Object.entries(expected)) {
          if (Array.isArray(data)) assert.deepEqual(outputs[output]!.data, data);
          else {assertClose(
              outputs[output]!.data as Float32Array,
              data as Float32Array,
              REORDERED_FLOAT32,
              output,
            );}
        }
      }
    },
  });
}
