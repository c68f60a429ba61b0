import assert from "node:assert/strict";
import type { Attribute } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { nonDifferentiable } from "../../../lib/onnx/gradients/call.ts";
import { gradientRules } from "../../../lib/onnx/gradients/table.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64, Tensor } from "../../../lib/tensor/tensor.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import type { EngineName, Tensors } from "../../../lib/runtime/runtime.ts";
import { assertClose, GPU_TRIGONOMETRY, REORDERED_FLOAT32, type Tolerance } from "../../close.ts";
import { withEngine } from "../../train/engines.ts";
import type { Numbers } from "./check.ts";

/** An input of a fixture's operator. */
type Given = { type: "float32" | "int64" | "int32" | "bool" } & Numbers;

/** A line of `gradients.jsonl`, which `make_gradient_fixtures.py` wrote. */
interface Fixture {
  label: string;
  op: string;
  opset: number;
  attributes: Record<string, Attribute>;
  outputs: number;
  /** The output that is looked at. */
  of: number;
  inputs: (Given | null)[];
  y: Numbers;
  dy: Numbers;
  dx: Record<string, Numbers>;
}

const text = Deno.readTextFileSync(new URL("../../fixtures/gradients.jsonl", import.meta.url));
const fixtures = text.trim().split("\n").map((line) => JSON.parse(line) as Fixture);

/** Numbers of each type. */
const MAKERS: Record<Given["type"], (data: number[], dims: number[]) => Tensor> = {
  float32,
  int64,
  int32: (data, dims) => new Tensor("int32", Int32Array.from(data), dims),
  bool: (data, dims) => new Tensor("bool", Uint8Array.from(data), dims),
};

const tensor = ({ type, dims, data }: Given): Tensor => MAKERS[type](data, dims);

/** Both outputs and gradients of a fixture's operator. */
function question(
  { op, opset, attributes, outputs, of, inputs, dy, dx }: Fixture,
): { model: Model; feeds: Tensors } {
  const [name, domain] = op.split(":").reverse() as [string, string?];
  const g = new GraphBuilder("fixture", { "": opset, ...domain && { [domain]: 1 } });
  const feeds: Tensors = {};
  const x = inputs.map((input, i) => {
    if (input === null) return undefined;
    if (input.type !== "float32") return g.constant(tensor(input));
    feeds[`x${i}`] = tensor(input);
    return g.input(`x${i}`, "float32", input.dims);
  });
  const result = g.node(name, x, attributes, { outputs, ...domain && { domain } })[of];
  const seed = g.cast(g.constant(float32(dy.data, dy.dims)), g.info(result!).type ?? "float32");
  const wrt = Object.keys(dx).map((i) => `x${i}`);
  const found = backward(g, result!, wrt, { seed });
  g.output(result!, "y");
  for (const name of wrt) g.output(found[name]!, `d_${name}`);
  return { model: g.model(), feeds };
}

/** What ONNX Runtime lacks on WebGPU: smoothed images, transposed convolution of volumes, float64. */
const lackedOnWebgpu = ({ op, attributes, y }: Fixture) =>
  op === "Cast" || attributes["antialias"]?.value === 1 || op === "ConvTranspose" && y.dims.length > 4;

const TRIGONOMETRY = new Set(["Sin", "Cos", "Tan", "Asin", "Acos", "Atan"]);

/** How near an engine comes. */
const toleranceOf = ({ op }: Fixture, engine: EngineName): Tolerance =>
  engine === "webgpu" && TRIGONOMETRY.has(op) ? GPU_TRIGONOMETRY : REORDERED_FLOAT32;

Deno.test("every operator that passes a gradient is held against PyTorch", () => {
  const held = new Set(fixtures.map(({ op }) => op));
  const passing = Object.entries(gradientRules).filter(([, rule]) => rule !== nonDifferentiable);
  assert.deepEqual(passing.map(([op]) => op).filter((op) => !held.has(op)), []);
});

for (const engine of ["native", "wasm", "webgpu"] satisfies EngineName[]) {
  for (const fixture of fixtures) {
    const { label, y, dx } = fixture;
    withEngine(`gradient as PyTorch has it: ${label}`, engine, async (runtime) => {
      const { model, feeds } = question(fixture);
      const actual = await runModel(model, feeds, { runtime });
      const tolerance = toleranceOf(fixture, engine);
      assertClose(actual.y!.data as Float32Array, y.data, tolerance, "y");
      for (const [i, { dims, data }] of Object.entries(dx)) {
        assert.deepEqual([...actual[`d_x${i}`]!.dims], dims, `shape of d x${i}`);
        assertClose(actual[`d_x${i}`]!.data as Float32Array, data, tolerance, `d x${i}`);
      }
    }, { ignore: engine === "webgpu" && lackedOnWebgpu(fixture) });
  }
}
