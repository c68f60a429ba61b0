import assert from "node:assert/strict";
import { steeringVectors } from "../../lib/interpretation/steering_vectors.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { ANSWERS, hiddenOf, linearModel, logitsOf, meanOf, minus } from "./linear_model.ts";

/** The tokens of each answer that belong to a behaviour, by hand: five before each part, and the part. */
const SHOWN: Record<string, number[][]> = {
  a: [[2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3]],
  b: [[0, 1, 2], [0, 1, 2, 3, 4, 5]],
};
const PLACES: Record<string, number[]> = { a: [0], b: [0, 1] };

function expectedDirection(behaviour: string, of: (token: number) => number[]): number[] {
  const plus = meanOf(
    SHOWN[behaviour]!.map((places, i) => {
      const { ids } = ANSWERS[PLACES[behaviour]![i]!]!;
      return meanOf(places.map((place) => of(ids[place]!)));
    }),
  );
  const difference = minus(plus, meanOf(ANSWERS.map(({ ids }) => meanOf(ids.map(of)))));
  const all = meanOf(ANSWERS.flatMap(({ ids }) => ids.map(of)));
  return difference.map((value) => value * Math.hypot(...all) / Math.hypot(...difference));
}

Deno.test("directions are those of the formula, each behaviour with sums of its own", async () => {
  const vectors = await steeringVectors(linearModel(), ANSWERS);
  assert.deepEqual(Object.keys(vectors), ["a", "b"]);
  for (const behaviour of ["a", "b"]) {
    const { "mlp.up_proj": inner, "mlp.down_proj": outer } = vectors[behaviour]!;
    assertClose([...inner!], expectedDirection(behaviour, hiddenOf), REORDERED_FLOAT32);
    assertClose([...outer!], expectedDirection(behaviour, logitsOf), REORDERED_FLOAT32);
  }
  const [a, b] = ["a", "b"].map((name) => [...vectors[name]!["mlp.up_proj"]!]) as [number[], number[]];
  assert.ok(minus(a, b).some((value) => Math.abs(value) > 0.1));
});

Deno.test("parts outside of their answer, and no answers, are refused", async () => {
  const outside = [{ ids: [1, 2], spans: [{ behaviour: "a", start: 1, end: 3 }] }];
  await assert.rejects(steeringVectors(linearModel(), outside), /within its 2 tokens, found 1 to 3/);
  await assert.rejects(steeringVectors(linearModel(), []), /in no answers/);
  for (const lead of [-1, 0.5, NaN]) {
    await assert.rejects(
      steeringVectors(linearModel(), ANSWERS, { lead }),
      new RegExp(`RangeError: Cannot find directions with lead ${lead}: expected a whole number from 0`),
    );
  }
});
