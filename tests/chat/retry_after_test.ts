import assert from "node:assert/strict";
import { retryAfterMs } from "../../lib/chat/retry_after.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");

const CASES: [headers: Record<string, string>, ms: number | undefined][] = [
  [{}, undefined],
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after-ms": "250", "retry-after": "1" }, 250],
  [{ "retry-after": "Tue, 01 Jan 2030 00:01:30 GMT" }, 90_000],
  [{ "retry-after": "Mon, 31 Dec 2029 23:59:00 GMT" }, 0],
  [{ "retry-after": "soon" }, undefined],
  [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" }, 360_000],
  [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms" }, 120],
  [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s" }, 3_723_500],
  [{ "x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "1s" }, undefined],
  [{
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "2",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "1s",
  }, 2000],
];

Deno.test("what a server asks to wait is understood in all its notations", () => {
  for (const [headers, ms] of CASES) {
    assert.equal(retryAfterMs(new Headers(headers), NOW), ms, JSON.stringify(headers));
  }
});
