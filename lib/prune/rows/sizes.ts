import { describe } from "../../onnx/attribute.ts";
import { isStatic } from "../../onnx/dim.ts";
import type { OperatorTable } from "../../onnx/operators/table.ts";
import { type Axis, closed, withZero } from "../channels/axis.ts";
import type { ChannelCall, ChannelRow, Flow } from "./row.ts";

/** An output without channels. */
const without = ({ node, shape }: ChannelCall, why: string): Flow => ({
  outputs: [(shape(node.outputs[0]) ?? []).map(() => closed(`${describe(node)} ${why}`))],
});

/** Reads the size only: what is computed from it keeps computing with the original size. */
const sizeOnly: ChannelRow = (call) => without(call, "gives sizes, not channels");

/** Row of ConstantOfShape, one number everywhere: as many channels as are wanted. */
const constantOfShape: ChannelRow = ({ node, shape, fresh }) => {
  const { value } = node.attributes;
  const filling = value?.type === "tensor" && "data" in value.value ? Number(value.value.data[0]) : 0;
  return {
    outputs: [
      (shape(node.outputs[0]) ?? []).map((dim): Axis =>
        typeof dim === "number"
          ? { labels: fresh(dim), zero: filling === 0 }
          : closed(`${describe(node)} makes it, as long as it turns out to be`)
      ),
    ],
  };
};

/** Row of EyeLike, which has the size that its input had. */
const eyeLike: ChannelRow = (call) => {
  const flow = without(call, "has ones where two axes meet");
  return isStatic(call.shape(call.node.inputs[0])) ? flow : { ...flow, sizes: [] };
};

/** Other numbers in each run, for as many channels as there are. */
const randomLike: ChannelRow = (call) => ({ outputs: [call.axes(0).map((axis) => withZero(axis, false))] });

/** Operators of whose inputs sizes matter, and those without inputs. */
export const sizes: OperatorTable<ChannelRow> = {
  Shape: sizeOnly,
  Size: sizeOnly,
  Constant: (call) => without(call, "is not followed"),
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  RandomNormalLike: randomLike,
  RandomUniformLike: randomLike,
};
