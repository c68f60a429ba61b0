import { TypeError } from "../errors.ts";

/**
 * JSON with sorted keys and without absent fields: equal values give equal text, whatever order they were
 * made in.
 *
 * @throws TypeError where a value is none that JSON keeps: `NaN`, an infinity, a function, a typed array, a
 * cycle
 */
export function canonicalJson(value: unknown, what = "value"): string {
  return JSON.stringify(plain(value, what, new Set()));
}

function plain(value: unknown, path: string, above: Set<object>): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw notPlain(path, String(value));
  if (above.has(value)) throw notPlain(path, "something that contains itself");
  above.add(value);
  try {
    if (Array.isArray(value)) return value.map((item, i) => plain(item, `${path}[${i}]`, above));
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw notPlain(path, `a ${(value as object).constructor?.name ?? "value with a prototype"}`);
    }
    return Object.fromEntries(
      Object.entries(value).filter(([, item]) => item !== undefined).sort(([a], [b]) => a < b ? -1 : 1)
        .map(([key, item]) => [key, plain(item, `${path}.${key}`, above)]),
    );
  } finally {
    above.delete(value);
  }
}

function notPlain(path: string, found: string): TypeError {
  return new TypeError(
    `Cannot write ${path} as JSON: expected finite numbers, text, booleans, null, arrays and plain objects, ` +
      `found ${found}`,
  );
}
