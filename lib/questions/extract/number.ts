/** A number as people write it: sign, currency, thousands in groups, decimals. */
const NUMBER = /(?<![\w.)])[-−]?[$€£]?[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)/g;

/** Marks before an answer: the phrase, GSM8K's mark, or LaTeX's box. */
const MARK = /answer\s*(?:is|:|=)|####|\\?boxed\s*\{/gi;

/**
 * The number that a reply gives as its answer: the first one after its last mark ("answer is", "####",
 * "boxed{"), else the last one in it. Sign, thousands separators and decimals are kept.
 *
 * @returns it in plain digits; `undefined` where there is no number
 */
export function lastNumber(reply: string): string | undefined {
  const mark = [...reply.matchAll(MARK)].at(-1);
  const numbers = (text: string) => text.match(NUMBER) ?? [];
  const after = mark ? numbers(` ${reply.slice(mark.index + mark[0].length)}`)[0] : undefined;
  const found = after ?? numbers(reply).at(-1);
  return found?.replaceAll(/[,$€£]/g, "").replace("−", "-");
}
