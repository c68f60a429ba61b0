import type { Node } from "../../onnx/model.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { int64 } from "../../tensor/tensor.ts";
import type { Surgery } from "../prune.ts";
import type { Part } from "./fixup.ts";

/**
 * A tensor of sizes, computed as before except for some entries: a constant where all are known, otherwise
 * the old numbers times 0, 1 or a fraction plus the new ones.
 */
export function overridden(
  node: Node,
  { source, known, sizes, mayBeConstant = true }: {
    source: string;
    known: readonly unknown[];
    sizes: ReadonlyMap<number, number | Part>;
    mayBeConstant?: boolean | undefined;
  },
  surgery: Surgery,
): { name: string; nodes: Node[] } {
  const entries = known.map((entry, i) => sizes.get(i) ?? entry);
  const parts = known.map((_, i) => {
    const size = sizes.get(i);
    return typeof size === "object" ? size : { times: size === undefined ? 1 : 0, over: 1 };
  });
  const { constant, freeName } = surgery;
  const stem = `${node.outputs[0]}.sizes`;
  if (mayBeConstant && entries.every((entry) => typeof entry === "number")) {
    return { name: constant(stem, int64(entries as number[])), nodes: [] };
  }
  let times = parts.map(({ times }) => times);
  const over = parts.map(({ over }) => over);
  let plus = known.map((_, i) => typeof sizes.get(i) === "number" ? sizes.get(i) as number : 0);
  let name = source;
  // What was overridden before is so once: rounds of pruning leave no longer and longer way.
  while (over.every((n) => n === 1)) {
    const step = scaledOrShifted(name, known.length, surgery);
    if (step === undefined) break;
    const { op, numbers } = step;
    if (op === "Add") plus = plus.map((n, i) => n + times[i]! * numbers[i]!);
    else times = times.map((n, i) => n * numbers[i]!);
    name = step.name;
  }
  const steps: [op: string, numbers: number[]][] = [["Mul", times], ["Div", over], ["Add", plus]];
  const nodes = steps.filter(([op, numbers]) => numbers.some((n) => n !== (op === "Add" ? 0 : 1)))
    .map(([op, numbers]): Node => {
      const inputs = [name, constant(`${stem}.${op}`, int64(numbers))];
      name = freeName(stem);
      return { op, inputs, outputs: [name], attributes: {} };
    });
  return { name, nodes };
}

/** A vector that is another one plus or times known numbers. */
function scaledOrShifted(
  name: string,
  length: number,
  { maker, contents }: Surgery,
): { op: "Add" | "Mul"; numbers: readonly number[]; name: string } | undefined {
  const made = maker(name);
  const op = made && operatorOf(made);
  if (op !== "Add" && op !== "Mul") return undefined;
  const { inputs } = made!;
  for (const [other, constant] of [inputs, inputs.toReversed()]) {
    const numbers = contents(constant);
    if (other && numbers?.length === length && numbers.every((n) => typeof n === "number")) {
      return { op, numbers, name: other };
    }
  }
  return undefined;
}
