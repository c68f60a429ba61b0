import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { describe, intAttribute } from "../attribute.ts";
import { type DataType, ELEMENT_TYPE } from "../../tensor/tensor.ts";
import type { Call } from "./call.ts";

const BY_CODE = new Map(Object.entries(ELEMENT_TYPE).map(([type, code]) => [code, type as DataType]));

/** An attribute that holds a code of `TensorProto.DataType`, as in `Cast`. */
export function elementTypeAttribute<T>(
  { node }: Call,
  name: string,
  fallback?: T,
): DataType | T | undefined {
  const code = intAttribute(node, name, undefined);
  if (code === undefined) return fallback;
  const type = BY_CODE.get(code as never);
  if (type === undefined) {
    throw new TypeError(
      `Cannot infer the type of ${describe(node)}: ${code} in attribute ${
        quoted(name)
      } is no ONNX element type`,
    );
  }
  return type;
}
