import { type AnyTensor, isTensor } from "../tensor/tensor.ts";

/** Numbers of this size are masks (−10000 and up in attention), not weights. */
const MASK_SIZE = 1e4;

/** The numbers of a tensor; none where it is only described. */
function numbersIn(tensor: AnyTensor): ArrayLike<number> {
  return isTensor(tensor) && "data" in tensor ? tensor.data as ArrayLike<number> : [];
}

/** Whether all numbers of a tensor are this one. */
export function isLevel(tensor: AnyTensor, value: number): boolean {
  const numbers = numbersIn(tensor);
  for (let i = 0; i < numbers.length; i++) if (Number(numbers[i]) !== value) return false;
  return numbers.length > 0;
}

/**
 * Whether a tensor is a mask by its numbers: so large, or so few.
 *
 * @param long how many of its axes are longer than 1
 */
export function isMask(tensor: AnyTensor, long: number): boolean {
  const numbers = numbersIn(tensor);
  const seen = new Set<number>();
  for (let i = 0; i < numbers.length; i++) {
    if (!(Math.abs(Number(numbers[i])) < MASK_SIZE)) return true;
    if (seen.size < 3) seen.add(numbers[i]!);
  }
  return long > 1 && seen.size === 2;
}

/**
 * Whether a tensor is a grid by its numbers: all of them whole or a half, and not all the same, as places,
 * strides and the zeros and ones of masks are. Nobody learns such numbers.
 */
export function isGrid(tensor: AnyTensor): boolean {
  const numbers = numbersIn(tensor);
  let differ = false;
  for (let i = 0; i < numbers.length; i++) {
    if (!Number.isInteger(2 * Number(numbers[i]))) return false;
    if (numbers[i] !== numbers[0]) differ = true;
  }
  return differ;
}

/** Whether some numbers of a tensor are above zero and some below. */
export function hasBothSigns(tensor: AnyTensor): boolean {
  const numbers = numbersIn(tensor);
  let [above, below] = [false, false];
  for (let i = 0; i < numbers.length && !(above && below); i++) {
    if (Number(numbers[i]) > 0) above = true;
    if (Number(numbers[i]) < 0) below = true;
  }
  return above && below;
}

/** Whether any number of a tensor is larger than a bound, up or down. */
export function reaches(tensor: AnyTensor, bound: number): boolean {
  const numbers = numbersIn(tensor);
  for (let i = 0; i < numbers.length; i++) if (Math.abs(Number(numbers[i])) > bound) return true;
  return false;
}
