import { TypeError } from "../errors.ts";
import { int64, sizeOf, Tensor } from "../tensor/tensor.ts";
import { arrayOf } from "../tensor/arrays.ts";

/**
 * Labels as a program has them at hand: one whole number per example (`[3, 0, 1]`, an `Int32Array`, a
 * `Uint8Array`), or a one-hot row per example (`[[0, 1], [1, 0]]`).
 */
export type Labels = ArrayLike<number | bigint> | ArrayLike<ArrayLike<number | bigint>>;

/** Whether these are labels without a tensor around them: an array of some kind. */
export function isPlain(values: unknown): values is Labels {
  return Array.isArray(values) || ArrayBuffer.isView(values) && !(values instanceof DataView);
}

/**
 * Labels as int64 [N], which is how a model is trained on them: whole numbers of any type as they are, the
 * place of the 1 in each one-hot row [N, C]. Tensors of more axes hold a label for each of several places of
 * an example, such as pixels, and stay as they are: int64 [N, height, width].
 *
 * @throws TypeError where a number is no whole one, or a row not one-hot, saying which
 */
export function toLabels(given: Labels | Tensor): Tensor {
  if (isTensor(given) && given.dims.length !== 2 && given.dims.length > 0) return wholeLabels(given);
  const rows = isTensor(given) ? rowsOf(given) : Array.from<Label>(given);
  return int64(rows.map((row, i) => typeof row === "object" ? hotPlace(row, i) : wholeNumber(row, i)));
}

/** A whole number, or a one-hot row. */
type Label = number | bigint | ArrayLike<number | bigint>;

const isTensor = (given: Labels | Tensor): given is Tensor => given instanceof Tensor;

/** Labels as int64, one for each number of a tensor. */
function wholeLabels(tensor: Tensor): Tensor {
  if (tensor.type === "int64") return tensor;
  const perExample = sizeOf(tensor.dims.slice(1));
  const labels = BigInt64Array.from(
    { length: tensor.size },
    (_, i) => BigInt(wholeNumber(tensor.data[i] as number | bigint, Math.floor(i / perExample))),
  );
  return new Tensor("int64", labels, tensor.dims);
}

/** The rows of a tensor [N, C]. */
function rowsOf(tensor: Tensor): readonly Label[] {
  const { dims } = tensor;
  const [count, classes] = dims;
  if (dims.length !== 2 || classes! < 2) {
    throw new TypeError(
      `Cannot read labels of a tensor ${tensor.type}[${dims.join(", ")}]: expected whole numbers [N], a ` +
        `one-hot row of two classes or more for each example, [N, C], or whole numbers for each place, [N, …]`,
    );
  }
  const values = arrayOf(tensor);
  return Array.from({ length: count! }, (_, i) => values.subarray(i * classes!, (i + 1) * classes!));
}

function wholeNumber(label: number | bigint, example: number): number | bigint {
  if (typeof label === "bigint" || Number.isInteger(label)) return label;
  throw new TypeError(
    `Cannot use ${
      JSON.stringify(label)
    } as the label of example ${example}: expected the whole number of its class`,
  );
}

function hotPlace(row: ArrayLike<number | bigint>, example: number): number {
  const places = Array.from(row, (value, i) => ({ value: Number(value), i })).filter(({ value }) =>
    value !== 0
  );
  if (places.length === 1 && places[0]!.value === 1) return places[0]!.i;
  throw new TypeError(
    `Cannot use [${Array.from(row).slice(0, 8).join(", ")}${
      row.length > 8 ? ", …" : ""
    }] as the label of example ` +
      `${example}: expected a one-hot row, all 0 but for one 1; soft targets take a loss of their own`,
  );
}
