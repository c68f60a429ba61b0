import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { operatorsThat, type OpName } from "../../../lib/onnx/operators/table.ts";
import { float32, int64, numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";

/** How each operator that rearranges is asked to: attributes, and further inputs. */
const CASES: Partial<Record<OpName, { attributes?: Record<string, number | number[]>; inputs?: Tensor[] }>> =
  {
    Cast: { attributes: { to: 11 } },
    Flatten: { attributes: { axis: 2 } },
    Identity: {},
    Reshape: { inputs: [int64([4, -1])] },
    Squeeze: { inputs: [int64([1])] },
    Transpose: { attributes: { perm: [3, 0, 2, 1] } },
    Unsqueeze: { inputs: [int64([0, 5])] },
  };

Deno.test("what rearranges gives all numbers and no others, each once, in ONNX Runtime", async () => {
  const operators = operatorsThat(({ rearranges }) => rearranges);
  assert.deepEqual(operators.toSorted(), Object.keys(CASES).toSorted());
  const numbers = Array.from({ length: 2 * 1 * 3 * 4 }, (_, i) => (i * 7) % 24 - 11);
  for (const op of operators) {
    const { attributes = {}, inputs = [] } = CASES[op]!;
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2, 1, 3, 4]);
    g.output(g.node(op, [x, ...inputs.map((tensor) => g.constant(tensor))], attributes)[0]!, "y");
    const { y } = await runNative(g.model(), { x: float32(numbers, [2, 1, 3, 4]) });
    const ascending = (list: readonly number[]) => list.toSorted((a, b) => a - b);
    assert.deepEqual(ascending(numbersOf(y!)), ascending(numbers), op);
  }
});
