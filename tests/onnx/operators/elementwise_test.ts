import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { operators, operatorsThat, type OpName } from "../../../lib/onnx/operators/table.ts";
import { ELEMENT_TYPE, Tensor } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";

/** Gone from ONNX, newer than its engine here, or with other inputs than one float. */
const ELSEWHERE: readonly OpName[] = ["Affine", "ParametricSoftplus", "ScaledTanh", "Swish", "CastLike"];

/** What ONNX Runtime makes of a zero. */
async function ofZero(op: OpName): Promise<Tensor> {
  const [name = "", domain = ""] = op.split(":").reverse();
  const [type, zero] = op === "Not"
    ? ["bool", Uint8Array.of(0)] as const
    : op === "BitwiseNot"
    ? ["int32", Int32Array.of(0)] as const
    : ["float32", Float32Array.of(0)] as const;
  const g = new GraphBuilder("zero", { "": 20, "com.microsoft": 1 });
  const x = g.input("x", type, [1]);
  g.output(g.node(name, [x], op === "Cast" ? { to: ELEMENT_TYPE.float32 } : {}, { domain })[0]!, "y");
  return (await runNative(g.model(), { x: new Tensor(type, zero, [1]) })).y!;
}

Deno.test("what is said of a zero is what ONNX Runtime makes of it", async () => {
  const said = operatorsThat((facts) => facts.ofZero).filter((op) => !ELSEWHERE.includes(op));
  assert.ok(said.length > 40, `${said.length} operators`);
  for (const op of said) {
    const { type, data: [made] } = await ofZero(op);
    const is = operators[op].ofZero;
    if (is === "zero") assert.equal(Math.abs(Number(made)), 0, op);
    else if (is === "pole") assert.ok(!Number.isFinite(Number(made)), `${op} of 0 is ${made}`);
    // A test of a number (IsNaN) has no zero: false is one of two answers.
    else {assert.ok(
        Number.isFinite(Number(made)) && (Number(made) !== 0 || type === "bool"),
        `${op}: ${made}`,
      );}
  }
});
