import { unitStep } from "../../../lib/ctr/tables/unit_step.ts";
import { DIMENSIONS, supernetTable, THRESHOLDS } from "../../../lib/ctr/tables/supernet_table.ts";
import { TABLE } from "../../../lib/ctr/tables/table.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { gradients } from "../../../lib/onnx/gradients.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

Deno.test("the unit step is 0 or 1, and its gradient the curve with a long tail", async () => {
  const g = new GraphBuilder("step");
  const u = g.input("u", "float32", ["N"]);
  const step = g.output(unitStep(g, u), "step");
  g.output(g.reduceSum(step, undefined, { keepdims: false }), "sum");
  const { model, gradients: { u: slope } } = gradients(g.model(), "sum", ["u"]);
  const at = [0, 0.2, -0.2, 0.39, -0.39, 0.4, -0.4, 0.7, -0.7, 1, -1, 1.01, -1.01];
  const outputs = await runModel(model, { u: float32(at) });
  assertClose(outputs.step!.data as Float32Array, at.map((u) => u > 0 ? 1 : 0), { absolute: 0, relative: 0 });
  const expected = [2, 1.2, 1.2, 0.44, 0.44, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0, 0];
  assertClose(outputs[slope!]!.data as Float32Array, expected, { absolute: 1e-6, relative: 0 });
});

const E = [0.3, -0.2, 0.1, 0.4], G = [1, 2, 3, 4];

/** The table of one row, with Σ g·x as the loss. */
function oneRow(threshold: number, mode: "all" | "all2" = "all"): Model {
  const g = new GraphBuilder("one row");
  const rows = g.input("rows", "int32", ["N", 1]);
  const lookup = { rows, fields: [{ name: "f", size: 1 }], features: 4, random: seededRandom(0) };
  const x = supernetTable({ mode }).build(g, lookup);
  g.output(g.reduceSum(g.mul(x, g.constant(float32(G))), undefined, { keepdims: false }), "loss");
  const model = g.model();
  const initializers = new Map(model.graph.initializers)
    .set(TABLE, float32(E, [1, 4]))
    .set(THRESHOLDS, float32([threshold]));
  return model.withGraph({ ...model.graph, initializers });
}

for (
  const [t, d, de, dt] of [
    [0.5, 4, [1.72, 1.28, 3.72, 4.72], -0.72],
    [0.5, 2, [0.96, 2.04, -0.04, -0.04], 0.04],
    [1.2, 4, [2.16, -2.16, 2.16, 2.16], -2.16],
    [1.2, 2, [-0.12, 0.12, -0.12, -0.12], 0.12],
    [2.5, 4, [0, 0, 0, 0], 0],
  ] as const
) {
  Deno.test(`a row of norm 1, threshold ${t}, ${d} coordinates: gradients as by the released modules`, async () => {
    const { model, gradients: found } = gradients(oneRow(t), "loss", [TABLE, THRESHOLDS]);
    const outputs = await runModel(model, {
      rows: new Tensor("int32", Int32Array.of(0), [1, 1]),
      [DIMENSIONS]: float32([d], [1, 1]),
    });
    assertClose(outputs[found[TABLE]!]!.data as Float32Array, de, REORDERED_FLOAT32, "by the row");
    assertClose(
      outputs[found[THRESHOLDS]!]!.data as Float32Array,
      [dt],
      REORDERED_FLOAT32,
      "by the threshold",
    );
  });
}

Deno.test("all2 holds the norm of the coordinates in use, scaled to full length, against the threshold", async () => {
  // Two coordinates: (0.3 + 0.2)·4/2 = 1 passes 0.9; one: 0.3·4 = 1.2 passes 1.1, whose four have a norm of 1.
  for (const [t, d, kept] of [[0.9, 2, 1], [1.1, 1, 1], [1.1, 4, 0], [1.25, 1, 0]] as const) {
    const { loss } = await runModel(oneRow(t, "all2"), {
      rows: new Tensor("int32", Int32Array.of(0), [1, 1]),
      [DIMENSIONS]: float32([d], [1, 1]),
    });
    const whole = E.slice(0, d).reduce((sum, e, j) => sum + e * G[j]!, 0);
    assertClose(loss!.data as Float32Array, [kept * whole], REORDERED_FLOAT32);
  }
});
