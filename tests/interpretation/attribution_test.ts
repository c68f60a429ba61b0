import assert from "node:assert/strict";
import type { AnnotatedAnswer } from "../../lib/interpretation/annotated_answer.ts";
import { attribution } from "../../lib/interpretation/attribution.ts";
import { steeringVectors } from "../../lib/interpretation/steering_vectors.ts";
import { tokenLosses } from "../../lib/lm/losses.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { ANSWERS, down, linearModel, logitsOf, meanOf } from "./linear_model.ts";

/** |u · ḡ| of a part, in float64: ḡ of the mean loss over its tokens, with respect to what `down` or `up` gives. */
function expectedScore(
  { ids }: AnnotatedAnswer,
  { start, end }: { start: number; end: number },
  u: readonly number[],
  layer: "up" | "down",
): number {
  const predicted = Array.from({ length: end - start }, (_, i) => start + i).filter((place) => place > 0);
  const gradientAt = (place: number): number[] => {
    if (!predicted.includes(place + 1)) return new Array(u.length).fill(0);
    const logits = logitsOf(ids[place]!);
    const sum = logits.reduce((all, value) => all + Math.exp(value), 0);
    const outer = logits.map((value, i) =>
      (Math.exp(value) / sum - Number(i === ids[place + 1])) / predicted.length
    );
    if (layer === "down") return outer;
    return down[0]!.map((_, i) => outer.reduce((all, value, row) => all + value * down[row]![i]!, 0));
  };
  const mean = meanOf(Array.from({ length: end - start }, (_, i) => gradientAt(start + i)));
  return Math.abs(mean.reduce((all, value, i) => all + value * u[i]!, 0));
}

Deno.test("attribution is |u·ḡ| of the closed form, averaged over the parts", async () => {
  const vectors = await steeringVectors(linearModel(), ANSWERS);
  const found = await attribution(linearModel(), ANSWERS, vectors);
  for (const behaviour of ["a", "b"]) {
    for (const layer of ["up", "down"] as const) {
      const scores = ANSWERS.flatMap((answer) =>
        answer.spans.filter((span) => span.behaviour === behaviour).map((span) =>
          expectedScore(answer, span, [...vectors[behaviour]![`mlp.${layer}_proj`]!], layer)
        )
      );
      const expected = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      assertClose([found[behaviour]![`mlp.${layer}_proj`]!], [expected], REORDERED_FLOAT32);
      assert.ok(expected > 1e-3);
    }
  }
  await assert.rejects(
    attribution(linearModel(), ANSWERS, { a: vectors.a! }),
    /Cannot weigh mlp.up_proj for b/,
  );
});

Deno.test("a model of halves has the directions and scores of its numbers in float32", async () => {
  const numbersOf = async (type: "float16" | "float32") => {
    const model = linearModel(type);
    const vectors = await steeringVectors(model, ANSWERS);
    const scores = await attribution(model, ANSWERS, vectors);
    return ["a", "b"].flatMap((behaviour) => [
      ...vectors[behaviour]!["mlp.up_proj"]!,
      scores[behaviour]!["mlp.up_proj"]!,
    ]);
  };
  assertClose(await numbersOf("float16"), await numbersOf("float32"), { absolute: 1e-2, relative: 1e-2 });
});

Deno.test("in a decoder, a part that is the whole text has the slope of the loss along the direction", async () => {
  const options = { vocabulary: 9, context: 12, layers: 2, hidden: 8, heads: 2, neurons: 12, biases: true };
  const ids = [1, 4, 2, 8, 5, 7, 3];
  const drawn = decoder({ ...options, seed: 4 });
  // Larger matrices than are drawn, so that slopes stand out of float32's rounding.
  const change = (model: Model, to: (name: string, tensor: Tensor) => Tensor) => {
    const initializers = new Map(model.graph.initializers);
    for (const [name, tensor] of initializers) initializers.set(name, to(name, tensor as Tensor));
    return model.withGraph({ ...model.graph, initializers });
  };
  const model = change(
    drawn,
    (name, tensor) =>
      /proj\.weight|embed|lm_head/.test(name)
        ? float32((tensor.data as Float32Array).map((value) => 20 * value), tensor.dims)
        : tensor,
  );
  const part = { behaviour: "a", start: 0, end: ids.length };
  const answers = [{ ids, spans: [part] }, { ids: [6, 6, 1], spans: [] }];
  const vectors = await steeringVectors(model, answers);
  const found = await attribution(model, answers, vectors);
  assert.equal(Object.keys(found.a!).length, 14);
  const lossAt = async (module: string, step: number) => {
    const moved = change(model, (name, tensor) => {
      if (name !== `${module}.bias`) return tensor;
      const u = vectors.a![module]!;
      return float32((tensor.data as Float32Array).map((value, i) => value + step * u[i]!), tensor.dims);
    });
    const { logits } = await runModel(moved, { input_ids: int64(ids, [1, ids.length]) });
    const losses = tokenLosses(logits!.data as Float32Array, ids);
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
  for (const module of Object.keys(found.a!).filter((name) => /[qkv]_proj$/.test(name))) {
    const step = 1e-2;
    const slope = (await lossAt(module, step) - await lossAt(module, -step)) / (2 * step);
    // A bias is added at each token, and the part's gradient is the mean over them.
    assertClose([found.a![module]! * ids.length], [Math.abs(slope)], { absolute: 2e-4, relative: 2e-2 });
  }
});
