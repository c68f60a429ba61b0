import { SyntaxError } from "../../errors.ts";
import { createGunzip, createReadStream } from "../../node.ts";
import { requireRegular } from "../../files/read_file.ts";
import { NotFoundError } from "../../files/not_found.ts";

/** Characters after which a first line is no line. */
const MOST = 1 << 20;

/**
 * The first line of a text file, plain or .gz, without its end; nothing where the file is empty.
 *
 * @throws NotFoundError where there is no such file; SyntaxError where it cannot be read
 */
export async function firstLine(path: string): Promise<string | undefined> {
  await requireRegular(path).catch((error) => {
    throw unreadable(path, error);
  });
  const file = createReadStream(path);
  const stream = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  if (stream !== file) file.on("error", (error) => stream.destroy(error));
  const decoder = new TextDecoder(); // takes a byte order mark away
  let text = "";
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const end = text.indexOf("\n");
      if (end >= 0) return text.slice(0, end).replace(/\r$/, "");
      if (text.length > MOST) break;
    }
  } catch (error) {
    throw unreadable(path, error as Error & { code?: string });
  } finally {
    stream.destroy();
    file.destroy();
  }
  return text === "" ? undefined : text;
}

/** The error for a file that is not there, where an error of Node's says so. */
export function notFoundFor(path: string, error: unknown): NotFoundError | undefined {
  if (!["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")) return undefined;
  return new NotFoundError(`Cannot read ${path}: there is no such file; is its name right?`);
}

function unreadable(path: string, error: Error & { code?: string }): Error {
  const absent = notFoundFor(path, error);
  if (absent) return absent;
  const why = error.code === "Z_DATA_ERROR"
    ? "its name ends in .gz, but what is in it is no gzip; is it text? Then rename it"
    : error.message;
  return new SyntaxError(`Cannot read ${path}: ${why}`, { cause: error });
}

/** Whether cells may stand in quotation marks: only commas and semicolons are that common in text. */
export const quotes = (separator: string): boolean => separator === "," || separator === ";";

/** The cells of a line; one in quotation marks may hold separators, and marks that are doubled. */
export function cellsOf(line: string, separator: string): string[] {
  if (!quotes(separator)) return line.split(separator);
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}]*))(?:${separator}|$)`, "y");
  const cells: string[] = [];
  let found;
  do {
    found = cell.exec(line);
    if (found === null) return line.split(separator); // a mark that is never closed: read as it stands
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
  } while (found[0].endsWith(separator));
  return cells;
}

/**
 * The names in the first line of a text file, plain or .gz: the `columns` of {@linkcode clickCsv}.
 *
 * @param separator default `,`
 * @throws NotFoundError where there is no such file; SyntaxError where it is empty or damaged, or a name
 * comes twice: then the line is no header
 */
export async function headerOf(path: string, separator = ","): Promise<string[]> {
  const line = await firstLine(path);
  if (line === undefined) throw new SyntaxError(`Cannot read the header of ${path}: the file is empty`);
  const cells = cellsOf(line, separator);
  const twice = cells.find((cell, i) => cells.indexOf(cell) < i);
  if (twice === undefined && !cells.includes("")) return cells;
  throw new SyntaxError(
    `Cannot read the header of ${path}: expected a name for each column, each once, found ` +
      `${
        twice === undefined ? "an empty one" : `"${twice}" twice`
      }; where there is no header, name the columns`,
  );
}
