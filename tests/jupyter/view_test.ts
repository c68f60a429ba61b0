import assert from "node:assert/strict";
import { decimalsOf, nearestValue, range, rangeText } from "../../kernels/jupyter/range.ts";
import { view } from "../../kernels/jupyter/view.ts";
import { applyMessage } from "../../kernels/jupyter/runner/outputs.ts";
import type { Output } from "../../kernels/jupyter/runner/notebook.ts";

Deno.test("a range: the middle and a hundredth unless said otherwise, and what is no range says why", () => {
  assert.deepEqual(range([2, 4]), { min: 2, max: 4, value: 3, step: 0.02, label: "" });
  for (
    const make of [
      () => range([1, 1]),
      () => range([2, 1]),
      () => range([NaN, 1]),
      () => range([0, Infinity]),
      () => range([0, 1], { value: 2 }),
      () => range([0, 1], { value: NaN }),
      () => range([0, 1], { step: 0 }),
      () => range([0, 1], { step: 2 }),
    ]
  ) assert.throws(make, /^RangeError: Cannot make a range: expected .*, found \[/);
});

Deno.test("a range's numbers are told with the decimals that its steps need", () => {
  const decimals = [
    range([0, 1], { step: 0.05 }),
    range([1, 64], { step: 1, value: 8 }),
    range([0.125, 1], { step: 0.5 }),
  ];
  assert.deepEqual(decimals.map(decimalsOf), [2, 0, 3]);
  assert.equal(rangeText(range([1, 64], { step: 1, value: 8, label: "channels" })), "channels: 8 (1 to 64)");
});

Deno.test("a slider's value is one of the range's steps, without what binary numbers add", () => {
  const share = range([0.2, 0.9], { step: 0.05 });
  const values = [0.6499999999999999, 0.35000000000000003, 0.2, 0.9, 0.1, 2, 0.61];
  assert.deepEqual(values.map((value) => nearestValue(share, value)), [0.65, 0.35, 0.2, 0.9, 0.2, 0.9, 0.6]);
  assert.equal(nearestValue(range([0, 1], { step: 0.3 }), 1), 1);
  assert.equal(nearestValue(range([0, 1], { step: 0.6 }), 0.95), 1);
  assert.equal(nearestValue(range([0, 5e-5]), 1.2500000000001e-5), 1.25e-5);
  assert.equal(
    rangeText(range([0, 2e-7], { step: 1e-7, value: 1e-7 })),
    "0.0000001 (0.0000000 to 0.0000002)",
  );
});

Deno.test("where nothing draws sliders the figure stands with its first value, and is drawn once", async () => {
  const shown: { value: unknown; options: object }[] = [];
  const kernel = {
    display: (value: unknown, options = {}) => Promise.resolve(void shown.push({ value, options })),
  };
  const drawn: number[] = [];
  const chosen = range([0, 10], { value: 4, step: 1 });
  await view(chosen, (n) => drawn.push(n), kernel, undefined);
  assert.deepEqual([chosen.value, drawn, shown.map(({ value }) => value)], [4, [4], [
    { "text/plain": "4 (0 to 10)" },
    1,
  ]]);
});

Deno.test("a stored notebook keeps the slider's words, not its place", () => {
  const outputs: Output[] = [];
  const none = {
    id: "",
    parent: undefined,
    header: {},
    parentHeader: {},
    buffers: [],
    route: [],
    metadata: {},
  };
  const data = { "text/plain": "4 (0 to 10)", "application/vnd.jupyter.widget-view+json": { model_id: "x" } };
  applyMessage(outputs, { ...none, type: "display_data", content: { data, metadata: {} } }, {
    byId: new Map(),
    clearing: new Set(),
  });
  assert.deepEqual(outputs, [{
    output_type: "display_data",
    data: { "text/plain": ["4 (0 to 10)"] },
    metadata: {},
  }]);
});
