/**
 * Contents of the last `\boxed{…}` of a text, up to the brace that closes it, whatever braces it holds;
 * `undefined` where there is none, or it is never closed.
 */
export function lastBoxed(text: string): string | undefined {
  for (const { index, 0: mark } of [...text.matchAll(/boxed\s*\{/g)].reverse()) {
    const from = index + mark.length;
    let depth = 1;
    for (let at = from; at < text.length; at++) {
      if (text[at - 1] === "\\") continue; // `\{` is a sign, not a group
      depth += text[at] === "{" ? 1 : text[at] === "}" ? -1 : 0;
      if (depth === 0) return text.slice(from, at);
    }
  }
  return undefined;
}
