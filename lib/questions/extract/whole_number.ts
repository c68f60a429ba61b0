import { lastBoxed } from "./boxed.ts";

/** What LaTeX puts around a number: rows of what is found, and what stands in its place. */
const DECORATION: readonly (readonly [found: RegExp, instead: string])[] = [
  [/\\(?:text|textbf|mathrm|mathbf|mbox|boxed)\b/g, ""],
  [/\^\s*(?:\{\s*)?\\circ\s*\}?|°/g, ""],
  [/\\[,!;: ]|[$,{}]|\\(?:left|right|displaystyle)\b/g, ""],
];

/**
 * The whole number that a reply gives as its answer, as contests ask for: the one in its last `\boxed{}`,
 * where `\text`, `$`, degrees, commas and leading zeros do not count and of an equation its right side does;
 * else the last one after an "answer is".
 *
 * @returns it in plain digits; `undefined` where there is none, or the box holds something else
 */
export function lastWholeNumber(reply: string): string | undefined {
  const box = lastBoxed(reply);
  if (box !== undefined) return onlyNumber(box);
  const marked = [...reply.matchAll(/answer\s*(?:is|:|=)(?=([^\n]{0,60}))/gi)].flatMap(([, after]) =>
    firstNumber(after!) ?? []
  );
  return marked.at(-1);
}

/** The number of a box that holds one, and no other. */
function onlyNumber(box: string): string | undefined {
  const side = plain(box).split("=").at(-1)!;
  const numbers = side.match(/\d+/g) ?? [];
  return numbers.length === 1 && !/[.\\/^_]/.test(side) ? firstNumber(side) : undefined;
}

function firstNumber(text: string): string | undefined {
  const found = plain(text).match(/(?<![\d./])[-−]?\d+(?!\d|[./]\d)/)?.[0];
  return found === undefined ? undefined : String(Number(found.replace("−", "-")));
}

const plain = (text: string): string =>
  DECORATION.reduce((all, [found, instead]) => all.replaceAll(found, instead), text);
