import { givenInWords, isRecord } from "../given.ts";
import { TypeError } from "../errors.ts";
import { printable, quoted } from "../printable.ts";
import type { Tensors } from "./runtime.ts";
import { own } from "../own.ts";

/** Type and shape of one input of a session's model. */
export interface InputInfo {
  /** Name of the input. */
  name: string;
  /** Element type, as ONNX Runtime names it: `float32`. */
  type: string;
  /** Numbers where sizes are fixed; empty also where nothing is declared. */
  shape: readonly (number | string)[];
}

/**
 * Compares what is fed with what the model takes.
 *
 * @throws TypeError naming every input that the model expects, and the one that is missing, unknown, of
 * another type or of another shape
 */
export function checkFeeds(
  feeds: Tensors,
  inputs: readonly InputInfo[],
  carried: readonly string[] = [],
): void {
  const wanted = inputs.filter(({ name }) => !carried.includes(name));
  const expects = () => printable(`the model expects ${wanted.map(port).join(", ") || "no inputs"}`);
  if (!isRecord(feeds)) {
    const example = wanted.map((input) => `${quoted(input.name)}: ${recipe(input)}`).join(", ");
    throw new TypeError(
      `Cannot run the model on ${
        givenInWords(feeds)
      }: expected tensors by inputs' names, as in { ${example} }; ${expects()}`,
    );
  }
  for (const name of Object.keys(feeds)) {
    if (carried.includes(name)) {
      throw new TypeError(
        `Cannot feed ${quoted(name)}: the session carries it from run to run; set it with setState`,
      );
    }
    if (!wanted.some((input) => input.name === name)) {
      throw new TypeError(`Cannot feed ${quoted(name)}: there is no such input; ${expects()}`);
    }
  }
  for (const input of wanted) {
    const tensor = own(feeds, input.name);
    if (tensor === undefined) {
      throw new TypeError(`Cannot run the model: input ${quoted(input.name)} is missing; ${expects()}`);
    }
    if (!Array.isArray(tensor?.dims)) {
      throw new TypeError(
        `Cannot feed ${quoted(input.name)}: expected a Tensor, ${port(input)}, but got ${madeBy(tensor)}; ` +
          `make one of its numbers, as in ${recipe(input)}`,
      );
    }
    if (tensor.type !== input.type || !fits(tensor.dims, input.shape)) {
      throw new TypeError(
        `Cannot feed ${quoted(input.name)}: expected ${port(input)}, but got ${tensor.type}[${
          tensor.dims.join(", ")
        }]`,
      );
    }
  }
}

/** What somebody gave in the place of a tensor. */
const madeBy = (given: unknown): string => (given as object | null)?.constructor?.name ?? `${given}`;

/** How a tensor for an input is made, of one example where that many are left open. */
function recipe({ type, shape }: InputInfo): string {
  const dims = shape.map((dim) => typeof dim === "number" && dim >= 0 ? dim : 1).join(", ");
  return ["float32", "int32", "int64", "uint8"].includes(type)
    ? `${type}(numbers, [${dims}])`
    : `new Tensor("${type}", numbers, [${dims}])`;
}

function port({ name, type, shape }: InputInfo): string {
  return `${name}: ${type}[${shape.map((dim) => typeof dim === "number" && dim < 0 ? "?" : dim).join(", ")}]`;
}

/** ONNX Runtime reports a scalar and an undeclared shape alike, so an empty one fits all. */
function fits(dims: readonly number[], shape: readonly (number | string)[]): boolean {
  if (shape.length === 0) return true;
  return dims.length === shape.length &&
    shape.every((dim, i) => typeof dim === "string" || dim < 0 || dim === dims[i]);
}
