import type { Dim, Shape } from "../onnx/dim.ts";
import type { Model } from "../onnx/model.ts";
import { fedInputs } from "../onnx/topology.ts";
import { own } from "../own.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { storage } from "../tensor/element_types.ts";
import {
  type DataType,
  numbersOf,
  sizeOf,
  type Tensor,
  tensorOf,
  type TensorType,
} from "../tensor/tensor.ts";
import { UsageError } from "./command.ts";
import { tableRows } from "./table_rows.ts";

/** Types that travel as bytes, or several in one: none of them is made up. */
const MADE_UP = (Object.keys(storage) as DataType[]).filter((type) =>
  type === "string" || storage[type].array !== undefined && storage[type].bits >= 8
);

/** Ids where no table is known that they are looked up in: a mask, say. */
const FEW = 2;

/** So many numbers of a type: normal ones, or whole ones from 0 to below a count, as texts for strings. */
function drawn(
  type: TensorType,
  { size, count, random }: { size: number; count: number; random: ReturnType<typeof seededRandom> },
): ArrayLike<unknown> {
  const draw = /float/.test(type) ? () => random.normal() : () => random.integer(count);
  const numbers = Array.from({ length: size }, draw);
  return type === "string" ? numbers.map(String) : arrayFor(type, numbers);
}

/** Numbers in the array of a type. */
function arrayFor(type: TensorType, numbers: readonly number[]): ArrayLike<unknown> {
  const { array, bits } = storage[type];
  const List = array as unknown as ArrayConstructor;
  return bits === 64 && type !== "float64" ? List.from(numbers, BigInt) : List.from(numbers);
}

/** The highest count of whole numbers that each type has room for, from 0. */
const roomOf = (type: TensorType): number =>
  type === "bool" ? 2 : 2 ** (storage[type].bits - (type.startsWith("u") ? 0 : 1));

/** Tensors with the numbers of others in their own types: what is fed in float32, for a model of halves. */
export function inTypes(tensors: Tensors, types: Readonly<Record<string, DataType | undefined>>): Tensors {
  const changed = Object.entries(tensors).map(([name, tensor]): [string, Tensor] => {
    const type = own(types, name);
    const keeps = type === undefined || type === tensor.type || !storage[type].array;
    if (keeps || tensor.type === "string") return [name, tensor];
    return [name, tensorOf(type as TensorType, arrayFor(type as TensorType, numbersOf(tensor)), tensor.dims)];
  });
  return Object.fromEntries(changed);
}

/**
 * Random numbers for every input of a model, the same for the same seed; unknown leading sizes are 1.
 *
 * @throws {UsageError} where another size, or how to draw the type, is not known
 */
export function randomFeeds(
  model: Model,
  { seed, inputShapes = {} }: { seed: number; inputShapes?: Readonly<Record<string, Shape>> },
): Tensors {
  const rows = tableRows(model);
  return Object.fromEntries(
    fedInputs(model.graph).map((name) => {
      const { shape: declared, type = "float32" } = model.graph.values.get(name) ?? {};
      const shape = (own(inputShapes, name) ?? declared)?.map((dim: Dim, i) =>
        i === 0 && typeof dim !== "number" ? 1 : dim
      );
      const isMadeUp = MADE_UP.includes(type);
      if (!shape?.every((dim) => typeof dim === "number") || !isMadeUp) {
        throw new UsageError(
          `Cannot make up input "${name}", ${type} [${declared?.join(", ") ?? "unknown"}]: ` +
            (isMadeUp ? `give its sizes, --shape ${name}=1,…` : `expected one of ${MADE_UP.join(", ")}`),
        );
      }
      const dims = shape as number[];
      const kind = type as TensorType;
      const data = drawn(kind, {
        size: sizeOf(dims),
        count: type === "string" ? FEW : Math.min(rows.get(name) ?? FEW, roomOf(kind)),
        random: seededRandom(seed, "feeds", name),
      });
      return [name, tensorOf(kind, data, dims)];
    }),
  );
}
