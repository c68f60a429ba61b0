import { TypeError } from "../../errors.ts";
import { describe } from "../attribute.ts";
import type { Value } from "../builder.ts";
import { readEinsum } from "../shapes/einsum.ts";
import type { GradientCall, GradientRule } from "./call.ts";
import { expandLike, identityAlong } from "./shape.ts";

/** Letters in the order of an operand, each once, and an identity matrix for every one that repeats. */
function withoutRepeats({ g, x }: GradientCall, letters: string, index: number, free: string[]) {
  const own: string[] = [];
  const matrices: { letters: string; value: Value }[] = [];
  [...letters].forEach((letter, axis) => {
    if (!own.includes(letter)) return own.push(letter);
    const other = free.shift()!;
    own.push(other);
    const type = g.info(x[index]!).type ?? "float32";
    const identity = identityAlong(g, x[index]!, axis);
    const value = type === "float32" ? identity : g.cast(identity, type);
    matrices.push({ letters: letter + other, value });
  });
  return { own: own.join(""), matrices };
}

/**
 * A sum of products is linear in each operand: its gradient is the same sum over what else there is, with d y
 * in place of the operand. What the equation summed over in that operand alone repeats d y; a letter that it
 * has twice stands on a diagonal.
 */
export const einsum: GradientRule = (call) => {
  const { g, node, x, dy: [dy], needs } = call;
  const equation = readEinsum(x.map((value) => g.shape(value)), node);
  if (dy === undefined || equation === undefined) return [];
  if (new Set(equation.output).size < equation.output.length) {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: expected each label once in the output of its equation, ` +
        `found "${equation.output}"; write the diagonal with another operator`,
    );
  }
  const used = [...equation.operands, equation.output].join("");
  return x.map((operand, index) => {
    if (!needs(index)) return undefined;
    const free = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((l) => !used.includes(l));
    const { own, matrices } = withoutRepeats(call, equation.operands[index]!, index, free);
    const terms = [
      { letters: equation.output, value: dy },
      ...x.map((value, i) => ({ letters: equation.operands[i]!, value })).filter((_, i) => i !== index),
      ...matrices,
    ];
    const known = terms.map(({ letters }) => letters).join("");
    const found = [...own].filter((letter) => known.includes(letter)).join("");
    const [part] = g.node("Einsum", terms.map(({ value }) => value), {
      equation: `${terms.map(({ letters }) => letters).join()}->${found}`,
    });
    const dims = g.shape(operand);
    const repeated = [...found].flatMap((letter, axis) =>
      dims[own.indexOf(letter)] === 1 && g.shape(part!)[axis] !== 1 ? [axis] : []
    );
    const sum = repeated.length > 0 ? g.reduceSum(part!, repeated) : part!;
    const missing = [...own].flatMap((letter, axis) => known.includes(letter) ? [] : [axis]);
    return missing.length > 0 ? expandLike(g, g.unsqueeze(sum, missing), operand) : sum;
  });
};
