import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { spanCrossEntropy } from "../../lib/text/span_loss.ts";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

Deno.test("the loss is the mean of both ends' cross entropies, over the batch", async () => {
  const loss = spanCrossEntropy();
  const g = new GraphBuilder();
  const names = ["start_logits", "end_logits"];
  const outputs = Object.fromEntries(names.map((name) => [name, g.input(name, "float32", [2, 3])]));
  const targets = Object.fromEntries(
    Object.keys(loss.targets).map((name) => [name, g.input(name, "int64", [2])]),
  );
  g.output(loss.value(g, outputs, targets), "loss");
  const [starts, ends] = [[[2, 0, -1], [0.5, 0.25, 3]], [[0, 0, 0], [-4, 1, 2]]];
  const [first, last] = [[0, 2], [1, 1]];
  const found = await runModel(g.model(), {
    start_logits: float32(starts!.flat(), [2, 3]),
    end_logits: float32(ends!.flat(), [2, 3]),
    starts: int64(first!),
    ends: int64(last!),
  });
  const entropy = (logits: number[], place: number) =>
    Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[place]!;
  const both = [0, 1].map((i) => entropy(starts![i]!, first![i]!) + entropy(ends![i]!, last![i]!));
  assertClose(numbersOf(found.loss!), [(both[0]! + both[1]!) / 4], REORDERED_FLOAT32);
});

Deno.test("a model without spans is told by what it has", () => {
  const g = new GraphBuilder();
  const logits = g.input("logits", "float32", [2, 3]);
  assert.throws(() => spanCrossEntropy().value(g, { logits }, { starts: logits, ends: logits }), {
    name: "TypeError",
    message:
      "Cannot compute the loss of spans: expected the outputs start_logits and end_logits, found logits; " +
      'build the encoder with head "span"',
  });
});
