import { Error } from "../errors.ts";

/**
 * The error for what is not there: a data set, a folder, a file. What is there and cannot be read, because it
 * is damaged or forbidden, is an error of another class, so that nobody takes it for no data.
 */
export class NotFoundError extends Error {
  /** Name by which programs tell it apart: `"NotFoundError"`. */
  override readonly name = "NotFoundError";
}

/** Whether an error says that there is no such file or folder; in pages, too, which have neither. */
export function saysAbsent(error: unknown): boolean {
  if (error instanceof NotFoundError) return true;
  if (!("Deno" in globalThis)) return false;
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** Result of `found`, or `undefined` where it says that there is nothing; other errors go on. */
export async function ifFound<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
}

/** The system's information on a file or folder; `undefined` where there is none, as in a page. */
export function statIfFound(path: string): Deno.FileInfo | undefined {
  if (!("Deno" in globalThis)) return undefined;
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
}
