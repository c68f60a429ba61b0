import assert from "node:assert/strict";
import { removeDeadCode } from "../../../lib/onnx/passes/dead_code.ts";
import { graphWithConstants } from "./graph_with_constants.ts";

Deno.test("removeDeadCode drops what no output needs, and returns the same model where there is nothing", () => {
  const model = removeDeadCode(graphWithConstants());
  assert.ok(!model.graph.nodes.some(({ op }) => op === "Relu"));
  assert.equal(removeDeadCode(model), model);
});
