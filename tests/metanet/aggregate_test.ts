import assert from "node:assert/strict";
import { aggregate, type Messages } from "../../lib/metanet/aggregate.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, numbersOf } from "../../lib/tensor/tensor.ts";
import { runNative } from "../onnx/run_native.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const [NODES, HIDDEN] = [4, 2];
const noise = (count: number, phase: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(i * i + phase));

/** Nodes 0 and 2 are sent three messages each, node 2 one more; nodes 1 and 3 nothing. */
const DENSE = { values: noise(2 * 3 * HIDDEN, 1), places: [0, -1, 1, -1] };
const SINGLE = { values: noise(HIDDEN, 5), places: [-1, -1, 0, -1] };
const FACTOR = [1, 2, 0.5, 1, -2, 0.5, 1, 1];

/** Mean, deviation, largest and smallest of messages, each times the factor of the node that it goes to. */
function plainly(): number[] {
  return Array.from({ length: NODES }, (_, node) => {
    const place = DENSE.places[node]!;
    const sent = (k: number) =>
      [
        ...place >= 0 ? [0, 1, 2].map((i) => DENSE.values[(place * 3 + i) * HIDDEN + k]!) : [],
        ...SINGLE.places[node]! >= 0 ? [SINGLE.values[k]!] : [],
      ].map((value) => value * FACTOR[node * HIDDEN + k]!);
    const over = (f: (values: number[]) => number) =>
      Array.from({ length: HIDDEN }, (_, k) => sent(k).length > 0 ? f(sent(k)) : 0);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const variance = (values: number[]) => mean(values.map((value) => value ** 2)) - mean(values) ** 2;
    return [
      ...over(mean),
      ...over((values) => Math.sqrt(Math.max(0, variance(values)))),
      ...over((values) => Math.max(...values)),
      ...over((values) => Math.min(...values)),
    ];
  }).flat();
}

async function told(messages: (g: GraphBuilder) => Messages[], nodes: number): Promise<number[]> {
  const g = new GraphBuilder("told");
  const factor = g.input("factor", "float32", [nodes, HIDDEN]);
  g.output(aggregate(g, messages(g), factor, [nodes, HIDDEN]), "y");
  const { y } = await runNative(g.model(), {
    factor: float32(FACTOR.slice(0, nodes * HIDDEN), [nodes, HIDDEN]),
  });
  assert.deepEqual(y!.dims, [nodes, 4 * HIDDEN]);
  return numbersOf(y!);
}

Deno.test("what nodes are told is what they are sent, one by one, times their factors, of whichever sign", async () => {
  const found = await told((g) => [
    { values: g.constant(float32(DENSE.values, [2, 3, HIDDEN])), over: 1, count: 3, places: DENSE.places },
    {
      values: g.constant(float32(SINGLE.values, [1, HIDDEN])),
      over: undefined,
      count: 1,
      places: SINGLE.places,
    },
  ], NODES);
  assertClose(found, plainly(), REORDERED_FLOAT32);
});

Deno.test("messages the other way lie along the other axis, and nodes without any are told zeros", async () => {
  const turned = await told((g) => [
    { values: g.transpose(g.constant(float32(DENSE.values, [2, 3, HIDDEN])), [1, 0, 2]), over: 0, count: 3 },
  ], 2);
  const straight = await told(
    (g) => [{ values: g.constant(float32(DENSE.values, [2, 3, HIDDEN])), over: 1, count: 3 }],
    2,
  );
  assert.deepEqual(turned, straight);
  assert.deepEqual(await told(() => [], 2), new Array(2 * 4 * HIDDEN).fill(0));
});
