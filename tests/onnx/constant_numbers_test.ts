import assert from "node:assert/strict";
import { hasBothSigns, isGrid, isLevel, isMask, reaches } from "../../lib/onnx/constant_numbers.ts";
import { float32, int64, type OpaqueTensor } from "../../lib/tensor/tensor.ts";

const described: OpaqueTensor = { type: "bfloat16", dims: [2], bytes: new Uint8Array(4) };

Deno.test("a tensor is level where all of its numbers are that one; an empty or described one is not", () => {
  assert.ok(isLevel(float32([1, 1, 1]), 1) && isLevel(int64([0n, 0n]), 0));
  assert.ok(![float32([1, 1, 2]), float32([]), described].some((tensor) => isLevel(tensor, 1)));
});

Deno.test("masks are large numbers, or two numbers over a table", () => {
  assert.ok(isMask(float32([0, -1e4]), 1) && isMask(float32([0, -Infinity]), 1) && isMask(float32([NaN]), 0));
  assert.ok(isMask(float32([0, 1, 1, 0], [2, 2]), 2));
  assert.ok(!isMask(float32([0, 1, 1, 0], [4]), 1), "a vector of two numbers may be learned");
  assert.ok(!isMask(float32([0, 1, 2, 0], [2, 2]), 2) && !isMask(float32([-9999, 3]), 1));
});

Deno.test("grids are whole or half, and differ; signs and bounds are those of the numbers", () => {
  assert.ok(isGrid(float32([0.5, 1.5, 2])) && isGrid(int64([0, 1])));
  assert.ok(!isGrid(float32([1, 1])) && !isGrid(float32([0.5, 0.3])));
  assert.ok(hasBothSigns(float32([0, -1, 2])) && !hasBothSigns(float32([0, 1])) && !hasBothSigns(described));
  assert.ok(reaches(float32([0.5, -1.5]), 1) && !reaches(float32([1, -1]), 1));
});
