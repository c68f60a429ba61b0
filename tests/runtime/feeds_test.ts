import assert from "node:assert/strict";
import { checkFeeds, type InputInfo } from "../../lib/runtime/feeds.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

const INPUTS: readonly InputInfo[] = [
  { name: "x", type: "float32", shape: [-1, 3] },
  { name: "labels", type: "int64", shape: ["N"] },
  { name: "rate", type: "float32", shape: [] },
];
const fed = () => ({ x: float32([1, 2, 3], [1, 3]), labels: int64([0]), rate: float32([1], []) });

Deno.test("what fits is fed: any size where one is open, any shape where none is declared, without what is carried", () => {
  checkFeeds(fed(), INPUTS);
  checkFeeds({ ...fed(), x: float32(new Float32Array(30), [10, 3]), rate: float32([1, 2]) }, INPUTS);
  const { rate: _, ...rest } = fed();
  checkFeeds(rest, INPUTS, ["rate"]);
});

Deno.test("what does not fit is one sentence, with what the model expects", () => {
  const expects = "the model expects x: float32[?, 3], labels: int64[N], rate: float32[]";
  const { x: _, ...missing } = fed();
  const refused: readonly [unknown, string][] = [
    [missing, `Cannot run the model: input "x" is missing; ${expects}`],
    [{ ...fed(), y: int64([1]) }, `Cannot feed "y": there is no such input; ${expects}`],
    [
      { ...fed(), labels: float32([0]) },
      'Cannot feed "labels": expected labels: int64[N], but got float32[1]',
    ],
    [
      { ...fed(), x: float32([1, 2], [1, 2]) },
      'Cannot feed "x": expected x: float32[?, 3], but got float32[1, 2]',
    ],
    [
      { ...fed(), x: Float32Array.of(1, 2, 3) },
      'Cannot feed "x": expected a Tensor, x: float32[?, 3], but got Float32Array; make one of its numbers, as in ' +
      "float32(numbers, [1, 3])",
    ],
    [
      undefined,
      'Cannot run the model on nothing: expected tensors by inputs\' names, as in { "x": float32(numbers, [1, 3]), ' +
      `"labels": int64(numbers, [1]), "rate": float32(numbers, []) }; ${expects}`,
    ],
  ];
  for (const [feeds, message] of refused) {
    assert.throws(() => checkFeeds(feeds as never, INPUTS), { name: "TypeError", message });
  }
  assert.throws(() => checkFeeds(fed(), INPUTS, ["rate"]), {
    message: 'Cannot feed "rate": the session carries it from run to run; set it with setState',
  });
});
