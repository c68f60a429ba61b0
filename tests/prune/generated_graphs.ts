import type { Value } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { Net } from "./net.ts";
import { type Case, OPERATOR_CASES } from "./operator_cases.ts";

/** One operator between permutations. */
export interface Generated {
  /** The operator and its setting. */
  name: string;
  /** Where its input has channels that weights make. */
  from: number;
  /** Where its output has channels that weights read. */
  to: number;
  /** Input "x", output "y". */
  model: Model;
  /** Of the input. */
  x: number[];
}

const WIDTH = 3;

/**
 * Every operator that has a row, with channels on every axis of its input in turn and read along every axis of its
 * output in turn: linear layer, Transpose, the operator, Transpose, linear layer. Nothing but the row says what becomes of
 * the channels, and wherever it is silent or wrong, something that the second layer or the output holds is lost.
 */
export function* generatedGraphs(cases: Record<string, Case> = OPERATOR_CASES): Generator<Generated> {
  for (const [name, given] of Object.entries(cases)) {
    const ends = new Map<number, number>();
    for (let from = 0; from < given.shape.length; from++) {
      for (let to = 0; to < (ends.get(from) ?? 1); to++) {
        const made = generate(given, from, to);
        ends.set(from, made.rank);
        if (made.model) yield { name, from, to, model: made.model, x: made.x };
      }
    }
  }
}

function generate(
  { shape, build, opsets }: Case,
  from: number,
  to: number,
): { rank: number; x: number[]; model?: Model } {
  const n = new Net(opsets);
  const x = [...shape.filter((_, axis) => axis !== from), WIDTH];
  const input = n.g.input("x", "float32", x);
  const last = shape.length - 1;
  /** A layer whose channels lie along axis `from`. */
  const layer = (): Value => {
    const y = n.linear(input, WIDTH, shape[from]!);
    return n.op("Transpose", [y], {
      perm: shape.map((_, axis) => axis === from ? last : axis - Number(axis > from)),
    });
  };
  const value = build(n, layer(), layer);
  const { shape: dims, type } = n.g.info(value);
  if (!dims?.every((dim) => typeof dim === "number")) {
    throw new Error("a case has an output of unknown shape");
  }
  if (dims[to] === undefined || dims.length === 0) return { rank: dims.length, x };
  const float = type === "float32" ? value : n.op("Cast", [value], { to: 1 });
  const perm = [...dims.keys()].filter((axis) => axis !== to);
  const turned = dims.length > 1
    ? n.op("Transpose", [float], { perm: [...perm, to] })
    : n.reshape(float, 1, -1);
  n.g.output(n.linear(turned, dims[to], 2), "y");
  return { rank: dims.length, x, model: n.g.model() };
}
