/**
 * Contents of the last `\boxed{…}` of a text, up to the brace that closes it, whatever braces it holds;
 * `undefined` where there is none, or none that is closed.
 */
export function lastBoxed(text: string): string | undefined {
  // One pass, as a model that repeats itself may open thousands of boxes: `\{` is a sign and no brace.
  const open: { from: number; isBox: boolean }[] = [];
  let last: { from: number; to: number } | undefined;
  for (const { 0: brace, index } of text.matchAll(/boxed\s*\{|(?<!\\)[{}]/g)) {
    if (brace !== "}") {
      open.push({ from: index + brace.length, isBox: brace !== "{" });
      continue;
    }
    const closed = open.pop();
    if (closed?.isBox && closed.from > (last?.from ?? -1)) last = { from: closed.from, to: index };
  }
  return last && text.slice(last.from, last.to);
}
