import type { OperatorFacts } from "../../onnx/operators/facts.ts";
import { operatorsThat, type OperatorTable, rulesFor } from "../../onnx/operators/table.ts";
import { describe, floatAttribute } from "../../onnx/attribute.ts";
import { isOpen, stop, withZero } from "../channels/axis.ts";
import { broadcast, type Zero } from "./broadcast.ts";
import type { ChannelCall, ChannelRow, Flow, Role } from "./row.ts";

/** A function of every element by itself, with f(0) = 0 or not. */
const unary = (keepsZero: (call: ChannelCall) => boolean): ChannelRow => (call) => {
  const axes = call.axes(0).map((axis) => withZero(axis, keepsZero(call)));
  // A second output is a mask of what was dropped, true at zeros.
  return { outputs: call.node.outputs.map((_, i) => axes.map((axis) => withZero(axis, i === 0))) };
};

/** A function with a pole at 0: its channels stay wherever masking would meet the pole. */
const singular: ChannelRow = (call) => ({
  outputs: [
    call.axes(0).map((axis) =>
      isOpen(axis) && axis.zero
        ? stop(axis, `${describe(call.node)} has no finite value for a masked channel`)
        : axis
    ),
  ],
});

const merge = (zero: Zero, role: Role = "other"): ChannelRow => (call) => broadcast(call, zero, role);

/** Keeps also the channels of an input that are zero when masked. */
function keepingZeros(flow: Flow, call: ChannelCall, input: number, why: string): Flow {
  const zeros = call.axes(input).filter((axis) => isOpen(axis) && axis.zero);
  return { ...flow, consumed: [...flow.consumed ?? [], ...zeros.map((axis) => stop(axis, why))] };
}

/** Division: the divisor must not be a masked channel's zero. */
const divide = (zero: Zero): ChannelRow => (call) => {
  const why = `${describe(call.node)} divides by it, and a masked channel is zero`;
  return keepingZeros(broadcast(call, zero), call, 1, why);
};

const power: ChannelRow = (call) => {
  const exponent = call.contents(call.node.inputs[1]);
  const positive = exponent?.every((value) => typeof value === "number" && value > 0) ?? false;
  if (positive) return broadcast(call, "first");
  const why = `${describe(call.node)} may have no finite value for a masked channel`;
  return keepingZeros(broadcast(call, "none"), call, 0, why);
};

function clipKeepsZero({ node, contents }: ChannelCall): boolean {
  const low = node.inputs[1] ? contents(node.inputs[1])?.[0] : floatAttribute(node, "min", -1);
  const high = node.inputs[2] ? contents(node.inputs[2])?.[0] : floatAttribute(node, "max", 1);
  return Number(low) <= 0 && Number(high) >= 0;
}

/** One row for all operators on single elements that make this of a zero. */
const ofZero = (kind: OperatorFacts["ofZero"], row: ChannelRow) =>
  rulesFor(row, ...operatorsThat((facts) => facts.elementwise === "unary" && facts.ofZero === kind));

/** Functions of every element by itself, or of elements at the same place. */
export const elementwise: OperatorTable<ChannelRow> = {
  ...ofZero("zero", unary(() => true)),
  ...ofZero("other", unary(() => false)),
  ...ofZero("pole", singular),
  Clip: unary(clipKeepsZero),
  ...rulesFor(merge("none"), ...operatorsThat((facts) => facts.elementwise === "broadcast")),
  ...rulesFor(merge("all", "bias"), "Add", "Sub", "Sum"),
  ...rulesFor(merge("all"), "Mean", "Max", "Min"),
  Mul: merge("any", "scale"),
  Div: divide("first"),
  Mod: divide("none"),
  Pow: power,
  PRelu: merge("first"),
};
