import { type Markup, markup } from "./markup.ts";
import type { OpenInput } from "../protocol.ts";

/** Fields for the sizes that a file leaves open. */
export function sizesView(inputs: readonly OpenInput[]): Markup {
  const field = ({ name, shape, sizes }: OpenInput, i: number) => {
    const pattern = `\\s*[1-9]\\d*(\\s*[,x×]\\s*[1-9]\\d*){${sizes.length - 1}}\\s*`;
    return markup`<div class="field">
      <label for="sizes-${i}">Sizes of ${name} [${shape}], which the file leaves open</label>
      <input id="sizes-${i}" name="sizes-${i}" value="${sizes.join(", ")}" pattern="${pattern}"></div>`;
  };
  return markup`${inputs.map(field)}`;
}

/** Sizes as they stand in the fields; those to begin with where a field holds none. */
export function sizesOf(
  data: { get(name: string): unknown },
  inputs: readonly OpenInput[],
): Record<string, number[]> {
  return Object.fromEntries(inputs.map(({ name, sizes }, i) => {
    const typed = `${data.get(`sizes-${i}`) ?? ""}`.split(/[,x×]/).map(Number);
    const fits = typed.length === sizes.length && typed.every((size) => Number.isInteger(size) && size > 0);
    return [name, fits ? typed : sizes];
  }));
}
