import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe } from "../../onnx/attribute.ts";
import { closed } from "../axis.ts";
import type { ChannelRow } from "./row.ts";

/** Reads the size only: what is computed from it keeps computing with the original size. */
const sizeOnly: ChannelRow = ({ node, shape }) => ({
  outputs: [(shape(node.outputs[0]) ?? []).map(() => closed(`${describe(node)} gives sizes, not channels`))],
  sizes: [0],
});

/** A constant that the file holds in a form that is not followed. */
const constant: ChannelRow = ({ node, shape }) => ({
  outputs: [(shape(node.outputs[0]) ?? []).map(() => closed(`${describe(node)} is not followed`))],
});

/** Operators of whose inputs only sizes matter, and those without inputs. */
export const sizes: OperatorTable<ChannelRow> = {
  Shape: sizeOnly,
  Size: sizeOnly,
  Constant: constant,
};
