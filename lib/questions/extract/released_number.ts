/**
 * The number that AGP's released code reads, faults and all: what follows the last "The answer is ", else the
 * last "the answer is ", else the last box, else the last number; cleaned as LaTeX, whereby each ".0"
 * disappears ("1.05" becomes 15); of the rest the first number without its sign ("-5" becomes 5, "1,000"
 * becomes 1), or 0.
 */
export function releasedNumber(reply: string): string {
  let found = "";
  const phrase = ["The answer is ", "the answer is "].find((one) => reply.includes(one));
  if (phrase) found = reply.split(phrase).at(-1)!.trim();
  else if (reply.includes("boxed")) found = boxed(reply);
  else found = reply.match(/-?\d*\.?\d+/g)?.at(-1) ?? "";
  for (const end of [".", "/"]) if (found.endsWith(end)) found = found.slice(0, -1);
  found = cleaned(found);
  if (found.includes("boxed")) found = boxed(found);
  return found.match(/\d+(\.\d+)?/)?.[0] ?? "0";
}

/** Contents of the last box, up to its own closing brace. */
function boxed(text: string): string {
  const after = text.split("boxed").at(-1)!;
  if (!after.startsWith("{")) return cleaned(after.split("$")[0]!.trim());
  let depth = 1;
  let at = 1;
  for (; at < after.length; at++) {
    depth += after[at] === "{" ? 1 : after[at] === "}" ? -1 : 0;
    if (depth === 0) break;
  }
  return cleaned(after.slice(1, at));
}

/** Parts of LaTeX that are taken out, in this order. */
const CLEANING: readonly (readonly [found: string, instead: string])[] = [
  ["\n", ""],
  ["\\!", ""],
  ["\\\\", "\\"],
  ["tfrac", "frac"],
  ["dfrac", "frac"],
  ["\\left", ""],
  ["\\right", ""],
  ["^{\\circ}", ""],
  ["^\\circ", ""],
  ["\\$", ""],
  ["\\%", ""],
  [" .", " 0."],
  ["{.", "{0."],
  [".0", ""],
];

/**
 * Cleans text as far as it can change which number is read first: a short left-hand side of an equation, 0.5,
 * a/b.
 */
function cleaned(text: string): string {
  let clean = CLEANING.reduce((all, [found, instead]) => all.replaceAll(found, instead), text);
  if (clean.startsWith(".")) clean = `0${clean}`;
  const sides = clean.split("=");
  if (sides.length === 2 && sides[0]!.length <= 2) clean = sides[1]!;
  clean = clean.replaceAll(" ", "");
  return clean === "0.5" ? "\\frac{1}{2}" : clean;
}
