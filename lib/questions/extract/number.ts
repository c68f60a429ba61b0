/** A number as people write it: sign, currency, thousands in groups, decimals. */
const NUMBER = /(?<![\w.)])[-−]?[$€£]?[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)/g;

/** Marks before an answer: the phrase, GSM8K's mark, or LaTeX's box. */
const MARK = /answer\s*(?:is|:|=)|####|\\?boxed\s*\{/gi;

/** A sum that is worked out behind a mark, up to its equals sign: "the answer is 2 * 1.5 = 3". */
const SUM = /^[^\d\n]{0,20}[\d.,]+(?:[\s$()]*(?:[-−+*/×÷·x]|\\times|\\cdot)[\s$()]*[\d.,]+)+[\s$()]*=/;

/**
 * The number that a reply gives as its answer: the first one after its last mark ("answer is", "####",
 * "boxed{"), or the result of a sum that stands there; else the last one in it. Sign, thousands separators
 * and decimals are kept.
 *
 * @returns it in plain digits; `undefined` where there is no number
 */
export function lastNumber(reply: string): string | undefined {
  const mark = [...reply.matchAll(MARK)].at(-1);
  const numbers = (text: string) => text.match(NUMBER) ?? [];
  const marked = mark && reply.slice(mark.index + mark[0].length);
  const after = marked && numbers(` ${marked.slice(marked.match(SUM)?.[0].length ?? 0)}`)[0];
  const found = after ?? numbers(reply).at(-1);
  return found?.replaceAll(/[,$€£]/g, "").replace("−", "-");
}
