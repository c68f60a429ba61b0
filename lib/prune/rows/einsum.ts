import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe } from "../../onnx/attribute.ts";
import { readEinsum } from "../../onnx/shapes/einsum.ts";
import { type Axis, isOpen, stop } from "../channels/axis.ts";
import { broadcastAxis } from "./broadcast.ts";
import type { ChannelRow, Role } from "./row.ts";

/**
 * A letter is an axis of all operands that have it: their channels leave together. Under the sum they leave
 * unseen where one side is zero; what the output has goes on.
 */
const einsum: ChannelRow = (call) => {
  const { node } = call;
  const equation = readEinsum(node.inputs.map((name) => call.shape(name)), node);
  if (equation === undefined) return { outputs: [] };
  const { operands, output } = equation;
  const joins: [Axis, Axis][] = [];
  const consumed: Axis[] = [];
  const along = new Map<string, Axis>();
  for (const letter of new Set(operands.join(""))) {
    const places = operands.map((letters) => letters.includes(letter) ? letters.indexOf(letter) : undefined);
    const readers = places.filter((axis) => axis !== undefined).length;
    const role: Role = !output.includes(letter) ? "in" : readers > 1 ? "other" : "out";
    const merged = broadcastAxis(call, places, "any", role);
    joins.push(...merged.joins);
    consumed.push(...merged.consumed);
    // A diagonal: the same channels along several axes of one operand.
    operands.forEach((letters, i) =>
      [...letters].forEach((other, axis) => {
        if (other === letter && axis !== places[i]) {
          joins.push([call.axis(i, places[i]!), call.axis(i, axis)]);
        }
      })
    );
    along.set(letter, merged.axis);
    if (output.includes(letter)) continue;
    const why = `${describe(node)} sums over it, where a masked channel is not zero`;
    consumed.push(isOpen(merged.axis) && !merged.axis.zero ? stop(merged.axis, why) : merged.axis);
  }
  return { outputs: [[...output].map((letter) => along.get(letter)!)], joins, consumed };
};

/** Sums of products along named axes. */
export const einsums: OperatorTable<ChannelRow> = { Einsum: einsum };
