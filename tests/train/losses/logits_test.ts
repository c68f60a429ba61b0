import assert from "node:assert/strict";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { float32, int64, type Tensor } from "../../../lib/tensor/tensor.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import { binaryCrossEntropy, crossEntropy, type Loss } from "../../../lib/train/losses.ts";
import { logitsOf } from "../../../lib/train/losses/logits.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

type End = (g: GraphBuilder, x: Value) => Value;

/** The loss of a model that is just an end, for logits as its input. */
async function lossOf(end: End, logits: Tensor, targets: Tensor, loss: Loss): Promise<number> {
  const g = new GraphBuilder("end");
  g.output(end(g, g.input("z", "float32", ["N", ...logits.dims.slice(1)])), "y");
  return (await evaluate(g.model(), { inputs: logits, targets }, { loss })).loss;
}

const rows = [9, -8, 7, -30];
const logits = float32(rows, [4, 1]);
const truths = [1, 0, 0, 1];
/** Mean of log(1 + e^z) − y·z. */
const binary = rows.reduce((sum, z, i) => sum + Math.log1p(Math.exp(z)) - truths[i]! * z, 0) / 4;

Deno.test("a sigmoid is looked through behind any view of its numbers", async () => {
  const targets = float32(truths);
  const ends: Record<string, End> = {
    squeezed: (g, x) => g.squeeze(g.sigmoid(x), [1]),
    reshaped: (g, x) => g.identity(g.reshape(g.identity(g.sigmoid(x)), [-1])),
    twice: (g, x) => g.squeeze(g.transpose(g.sigmoid(x), [1, 0]), [0]),
    sliced: (g, x) => g.squeeze(g.slice(g.sigmoid(g.concat([x, x], 1)), [1], [2], [1]), [1]),
    split: (g, x) => g.squeeze(g.split(g.sigmoid(g.concat([g.neg(x), x], 1)), [1, 1], 1)[1]!, [1]),
    cast: (g, x) => g.cast(g.cast(g.squeeze(g.sigmoid(x), [1]), "float64"), "float32"),
  };
  for (const [name, end] of Object.entries(ends)) {
    assertClose(
      [await lossOf(end, logits, targets, binaryCrossEntropy())],
      [binary],
      REORDERED_FLOAT32,
      name,
    );
  }
});

Deno.test("a softmax is looked through where views leave classes along axis 1", async () => {
  const scores = [30, 1, -2, 0.5, 3, -40];
  const entropy = [0, 1].reduce((sum, row) => {
    const part = scores.slice(3 * row, 3 * row + 3);
    return sum + Math.log(part.reduce((total, z) => total + Math.exp(z), 0)) - part[2 - row]!;
  }, 0) / 2;
  const ends: Record<string, End> = {
    squeezed: (g, x) => g.squeeze(g.softmax(g.reshape(x, [-1, 3, 1]), 1), [2]),
    flattened: (g, x) => g.flatten(g.softmax(g.reshape(x, [-1, 3, 1, 1]), 1)),
    turned: (g, x) => g.transpose(g.softmax(g.transpose(x, [1, 0]), 0), [1, 0]),
  };
  for (const [name, end] of Object.entries(ends)) {
    const loss = await lossOf(end, float32(scores, [2, 3]), int64([2, 1]), crossEntropy());
    assertClose([loss], [entropy], REORDERED_FLOAT32, name);
  }
});

Deno.test("views that move classes, or are no views of floats, are refused with what to do", () => {
  const g = new GraphBuilder("refused");
  const x = g.input("x", "float32", ["N", 3, 4]);
  assert.throws(() => logitsOf(g, g.transpose(g.softmax(x, 1), [0, 2, 1])), {
    name: "TypeError",
    message:
      /^Cannot find the logits of output "transpose": Transpose .* lies behind the Softmax, expected views that leave classes along axis 1; make "x", which the Softmax takes, the model's output instead$/,
  });
  assert.throws(
    () => logitsOf(g, g.slice(g.softmax(x, 1), [0], [2], [1])),
    /Slice .* lies behind the Softmax/,
  );
  assert.throws(
    () => logitsOf(g, g.reshape(g.softmax(x, 1), [-1, 6, 2])),
    /Reshape .* lies behind the Softmax/,
  );
  const whole = g.cast(g.cast(g.sigmoid(x), "int32"), "float32");
  assert.throws(
    () => logitsOf(g, whole, "Sigmoid"),
    /Cast .* lies behind the Sigmoid, expected a view of its/,
  );
});

Deno.test("other ends are logits, and nothing is added for a plain softmax", () => {
  const g = new GraphBuilder("plain");
  const x = g.input("x", "float32", ["N", 3]);
  const [softmax, sigmoid] = [g.softmax(x), g.squeeze(g.mul(g.sigmoid(g.reshape(x, [-1, 1])), 2), [1])];
  const count = g.nodes.length;
  assert.equal(logitsOf(g, softmax), x);
  assert.equal(logitsOf(g, softmax, "Sigmoid"), softmax);
  assert.equal(logitsOf(g, sigmoid, "Sigmoid"), sigmoid);
  assert.equal(g.nodes.length, count);
  g.output(g.identity(softmax), "y");
  assert.equal(logitsOf(g, "y"), x);
});
