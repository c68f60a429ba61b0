import { quoted } from "./printable.ts";

/** What somebody gave in the place of something else, for a message: "nothing", "the text "x"", "a Map". */
export function givenInWords(given: unknown): string {
  if (given === undefined) return "nothing";
  if (typeof given === "string") return `the text ${quoted(given)}`;
  if (typeof given === "function") return "a function";
  if (given === null || typeof given !== "object") return String(given);
  if (given instanceof Promise) return "a promise, which has to be awaited first";
  return Array.isArray(given) ? `a list of ${given.length}` : `a ${given.constructor?.name ?? "record"}`;
}

/** Whether it is an object with entries by name. */
export function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
