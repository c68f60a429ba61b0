/** The tables that papers published, as they are kept here: numbers that are numbers, rows that are alike. */
import assert from "node:assert/strict";
import { filesIn, ROOT } from "../files_in.ts";

/** Checks all of a value: how many numbers it has. */
function check(value: unknown, at: string): number {
  if (typeof value === "number") {
    assert.ok(Number.isFinite(value), `${at} is ${value}`);
    return 1;
  }
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) requireAlike(value, at);
  return Object.entries(value).reduce((sum, [key, part]) => sum + check(part, `${at}.${key}`), 0);
}

/** What rows have a field of is of one type in all of them. */
function requireAlike(rows: readonly unknown[], at: string): void {
  const types = new Map<string, string>();
  for (const row of rows) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) continue;
    for (const [field, value] of Object.entries(row)) {
      if (value === null) continue;
      const type = Array.isArray(value) ? `list of ${typeof value[0]}` : typeof value;
      assert.equal(type, types.get(field) ?? type, `${at}: ${field}`);
      types.set(field, type);
    }
  }
}

Deno.test("published tables: all numbers are finite, and a field is of one type in all rows", async () => {
  const papers = [...filesIn("lib/papers", "published.ts")];
  assert.ok(papers.length >= 7, `${papers}`);
  let numbers = 0;
  for (const path of papers) numbers += check({ ...await import(new URL(path, ROOT).href) }, path);
  assert.ok(numbers > 1500, `only ${numbers} numbers`);
});
