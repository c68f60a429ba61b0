import { intAttribute } from "../onnx/attribute.ts";
import type { Dim, Shape } from "../onnx/dim.ts";
import type { Model } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { fedInputs } from "../onnx/topology.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { sizeOf, tensorOf, type TensorType } from "../tensor/tensor.ts";
import { UsageError } from "./command.ts";

/** How a type's numbers are drawn; whole ones from 0 to below `count`. */
const DRAWN: Readonly<
  Record<string, (size: number, random: ReturnType<typeof seededRandom>, count: number) => ArrayLike<unknown>>
> = {
  float32: (size, random) => Float32Array.from({ length: size }, () => random.normal()),
  float64: (size, random) => Float64Array.from({ length: size }, () => random.normal()),
  int64: (size, random, count) => BigInt64Array.from({ length: size }, () => BigInt(random.integer(count))),
  int32: (size, random, count) => Int32Array.from({ length: size }, () => random.integer(count)),
  uint8: (size, random) => Uint8Array.from({ length: size }, () => random.integer(2)),
  bool: (size, random) => Uint8Array.from({ length: size }, () => random.integer(2)),
};

/** Rows of the table that an input is looked up in, as a vocabulary; 2 where there is none: a mask, say. */
function rowsFor({ graph }: Model, input: string): number {
  const rows = graph.nodes.flatMap((node) => {
    if (operatorOf(node) !== "Gather" || node.inputs[1] !== input) return [];
    return graph.initializers.get(node.inputs[0]!)?.dims[intAttribute(node, "axis", 0)] ?? [];
  });
  return rows.length > 0 ? Math.min(...rows) : 2;
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
  return Object.fromEntries(
    fedInputs(model.graph).map((name) => {
      const { shape: declared, type = "float32" } = model.graph.values.get(name) ?? {};
      const shape = (inputShapes[name] ?? declared)?.map((dim: Dim, i) =>
        i === 0 && typeof dim !== "number" ? 1 : dim
      );
      const draw = Object.hasOwn(DRAWN, type) ? DRAWN[type] : undefined;
      if (!shape?.every((dim) => typeof dim === "number") || !draw) {
        throw new UsageError(
          `Cannot make up input "${name}", ${type} [${declared?.join(", ") ?? "unknown"}]: ` +
            (draw
              ? `give its sizes, --shape ${name}=1,…`
              : `expected one of ${Object.keys(DRAWN).join(", ")}`),
        );
      }
      const data = draw(sizeOf(shape as number[]), seededRandom(seed, "feeds", name), rowsFor(model, name));
      return [name, tensorOf(type as TensorType, data, shape as number[])];
    }),
  );
}
