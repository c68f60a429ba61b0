import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { firstPositions } from "../../lib/text/first_positions.ts";
import { int64 } from "../../lib/tensor/tensor.ts";

const one = (value: number) => int64([value], []);

/** Positions as models compute them, of ids [batch, length]; `length` is a scalar. */
type Count = (g: GraphBuilder, ids: string, length: string) => string;

/** 1 for each token that is not the padding, [batch, length]. */
const isToken = (g: GraphBuilder, ids: string) => g.cast(g.not(g.equal(ids, g.constant(one(1)))), "int64");
const counted = (g: GraphBuilder, ids: string) => g.cumSum(isToken(g, ids), 1);
const range = (g: GraphBuilder, start: number, length: string) =>
  g.node("Range", [g.constant(one(start)), length, g.constant(one(1))])[0]!;

/** The first number of each way to count tokens, or that there is none. */
const CASES: readonly [name: string, first: number | undefined, count: Count][] = [
  ["BERT: from 0 to the length", 0, (g, _, length) => range(g, 0, length)],
  [
    "BART: two rows are left out",
    2,
    (g, _, length) => g.add(g.unsqueeze(range(g, 0, length), [0]), g.constant(one(2))),
  ],
  [
    "RoBERTa: tokens that are counted, behind the number of the padding",
    2,
    (g, ids) =>
      g.add(
        g.cast(g.mul(g.cast(counted(g, ids), "int32"), g.cast(isToken(g, ids), "int32")), "int64"),
        g.ints([1]),
      ),
  ],
  ["padding in a branch of its own", 2, (g, ids) =>
    g.where(
      g.equal(ids, g.constant(one(1))),
      g.constant(one(1)),
      g.add(g.constant(one(1)), counted(g, ids)),
    )],
  ["OPT: counted from 0 behind two rows", 2, (g, ids) => {
    const places = g.sub(g.mul(counted(g, ids), isToken(g, ids)), g.constant(one(1)));
    return g.add(places, g.constant(one(2)));
  }],
  [
    "tokens in front",
    0,
    (g, ids) => g.node("CumSum", [isToken(g, ids), g.constant(one(1))], { exclusive: 1 })[0]!,
  ],
  ["a stored row that is cut to the length", 3, (g, _, length) => {
    const stored = g.parameter("position_ids", int64([2, 3, 4, 5, 6], [1, 5]));
    return g.node("Slice", [stored, g.ints([1]), g.unsqueeze(length, [0]), g.ints([1])])[0]!;
  }],
  [
    "a stored row of zeros, as for segments",
    undefined,
    (g) => g.parameter("segments", int64([0, 0, 0], [1, 3])),
  ],
  ["distances of two tokens", undefined, (g, _, length) => {
    const places = range(g, 0, length);
    return g.sub(g.unsqueeze(places, [0]), g.unsqueeze(places, [1]));
  }],
  [
    "every second number",
    undefined,
    (g, _, length) => g.node("Range", [g.constant(one(0)), length, g.constant(one(2))])[0]!,
  ],
  ["the tokens themselves", undefined, (_, ids) => ids],
];

for (const [name, first, count] of CASES) {
  Deno.test(`first position: ${name}`, () => {
    const g = new GraphBuilder();
    const ids = g.input("ids", "int64", ["batch", "length"]);
    const length = g.squeeze(g.node("Shape", [ids], { start: 1, end: 2 })[0]!, [0]);
    const positions = count(g, ids, length);
    g.output(g.cast(positions, "float32"), "positions");
    assert.equal(firstPositions(g.model())(positions), first);
  });
}
