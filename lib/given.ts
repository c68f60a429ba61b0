import { quoted } from "./printable.ts";

/** What somebody gave in the place of something else, for a message: "nothing", "the text "x"", "a Map". */
export function givenInWords(given: unknown): string {
  if (given === undefined) return "nothing";
  if (typeof given === "string") return `the text ${quoted(given)}`;
  if (typeof given === "function") return "a function";
  if (given === null || typeof given !== "object") return String(given);
  if (given instanceof Promise) return "a promise, which has to be awaited first";
  if (Array.isArray(given)) return `a list of ${given.length}`;
  const kind = given.constructor?.name ?? "record";
  return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`;
}

/** Whether it is an object with entries by name. */
export function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
