import { equal } from "node:assert/strict";
import { differenceOf } from "./training_step.ts";

Deno.test("losses differ by the largest relative difference of the steps that both took", () => {
  equal(differenceOf([2, 1.01, 9], [2, 1]), "1e-2");
  equal(differenceOf([2, 1], [2, 1]), "0");
  equal(differenceOf([], [1]), "–");
});
