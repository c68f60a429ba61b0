/**
 * Milliseconds that a response asks to wait: `retry-after-ms`, else `Retry-After` in seconds or as a date
 * (RFC 9110, section 10.2.3), else the reset of an exhausted `x-ratelimit-…` limit; `undefined` where it
 * asks for nothing.
 *
 * @param now milliseconds since 1970, against which a date counts
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const number = (name: string) => {
    const text = headers.get(name)?.trim();
    return text && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  };
  const ms = number("retry-after-ms");
  if (ms !== undefined) return ms;
  const seconds = number("retry-after");
  if (seconds !== undefined) return 1000 * seconds;
  const date = Date.parse(headers.get("retry-after") ?? "");
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  return exhausted(headers);
}

/** Milliseconds until the request or token limit that is used up is reset, the later one of both. */
export function exhausted(headers: Headers): number | undefined {
  const resets = ["requests", "tokens"].flatMap((what) => {
    const left = headers.get(`x-ratelimit-remaining-${what}`)?.trim();
    const reset = durationMs(headers.get(`x-ratelimit-reset-${what}`) ?? "");
    return left === "0" && reset !== undefined ? [reset] : [];
  });
  return resets.length > 0 ? Math.max(...resets) : undefined;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `120ms`, `1.5s`, `6m0s`, `1h2m`; plain numbers are seconds. */
function durationMs(text: string): number | undefined {
  const clean = text.trim();
  if (/^\d+(\.\d+)?$/.test(clean)) return 1000 * Number(clean);
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(clean)) return undefined;
  return [...clean.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
    .reduce((sum, [, value, unit]) => sum + Number(value) * UNITS[unit!]!, 0);
}
