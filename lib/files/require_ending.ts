import { RangeError } from "../errors.ts";

/**
 * Refuses a path whose ending promises another kind of file than is written: whoever opens it by that name
 * would find something else.
 *
 * @param does what is not possible so: "save a model"
 * @param endings the ones that may be, the first of which is proposed
 * @param elsewhere what writes other kinds, for the error
 * @returns the path
 * @throws RangeError where it ends in none of them, whatever their case
 */
export function requireEnding(
  target: string,
  { does, endings, elsewhere }: { does: string; endings: readonly string[]; elsewhere?: string },
): string {
  const name = target.toLowerCase();
  if (endings.some((ending) => name.endsWith(ending))) return target;
  const stem = target.replace(/(?<=[^/\\])\.\w*$/, "");
  throw new RangeError(
    `Cannot ${does} as ${target}: expected a name in ${endings.join(", ")}, such as ${stem}${endings[0]}` +
      (elsewhere ? `; ${elsewhere}` : ""),
  );
}
