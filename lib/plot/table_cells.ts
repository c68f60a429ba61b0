import type { Measured } from "../statistics/describe.ts";
import { writeMeasured, writeSignificant } from "../statistics/digits.ts";

/** A cell: text and numbers as they are; a measured number is written as its spread allows. */
export type Cell = string | number | boolean | null | undefined | Measured;

/** Whether a cell shows nothing. */
export function isEmpty(cell: Cell): boolean {
  return cell === null || cell === undefined || cell === "";
}

/** Whether a cell is a measured number. */
export function isMeasured(cell: Cell): cell is Measured {
  return typeof cell === "object" && cell !== null;
}

/** A cell in words. Whole numbers have all their digits, others four. */
function writeCell(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (isMeasured(cell)) return writeMeasured(cell);
  if (typeof cell !== "number") return String(cell);
  if (!Number.isFinite(cell)) return Number.isNaN(cell) ? "–" : String(cell).replace("-", "−");
  const size = Math.abs(cell);
  return Number.isInteger(cell) || (size >= 1e-4 && size < 1e6)
    ? writeSignificant(cell)
    : cell.toExponential(3).replace("-", "−");
}

/** The number that a cell is or begins with; NaN where there is none. */
export function numberIn(cell: Cell): number {
  if (isMeasured(cell)) return cell.mean;
  if (typeof cell === "number") return cell;
  const parts = typeof cell === "string" ? partsOf(cell) : undefined;
  return parts ? Number(`${parts.whole}${parts.fraction}`.replace("−", "-").replaceAll(",", "")) : NaN;
}

/** A number in words: `92` `.7` ` ± ` `0` `.5` ` %`. */
interface NumberParts {
  whole: string;
  fraction: string;
  sign: string;
  spread: string;
  spreadFraction: string;
  unit: string;
}

const NUMBER = /^([−+-]?[\d,]+)(\.\d+)?(?:( ± )([\d,]+)(\.\d+)?)?( ?[%×]| (?:dB|ms|s|points))?$/;

function partsOf(text: string): NumberParts | undefined {
  const found = text.match(NUMBER);
  if (!found) return undefined;
  const [, whole = "", fraction = "", sign = "", spread = "", spreadFraction = "", unit = ""] = found;
  return { whole, fraction, sign, spread, spreadFraction, unit };
}

const PARTS = ["whole", "fraction", "sign", "spread", "spreadFraction", "unit"] as const;
/** Wholes end at the point; fractions begin there. */
const RIGHT = new Set<keyof NumberParts>(["whole", "spread"]);

/**
 * The cells of a column in words, and whether it is one of numbers. Numbers have their points, and their ±,
 * one below the other: they are filled up with spaces as wide as a digit, which HTML does not join.
 */
export function writeColumn(cells: readonly Cell[]): { texts: string[]; numeric: boolean } {
  const texts = cells.map(writeCell);
  const parts = texts.map(partsOf);
  const odd = texts.some((text, i) => !parts[i] && text !== "" && text !== "–" && !/^−?\d\.\d+e/.test(text));
  if (odd || texts.every((text) => text === "")) return { texts, numeric: false };
  const width = (part: keyof NumberParts) => Math.max(0, ...parts.map((p) => p?.[part].length ?? 0));
  return {
    numeric: true,
    texts: texts.map((text, i) =>
      parts[i]
        ? PARTS.map((part) =>
          RIGHT.has(part) ? blank(width(part) - parts[i]![part].length) + parts[i]![part] : parts[i]![part] +
            blank(width(part) - parts[i]![part].length, parts[i]![part] === "" && part !== "sign")
        )
          .join("").replace(/^\u2007+/, "")
        : text
    ),
  };
}

/** Spaces, so many as a digit is wide; the first as wide as a point where one is missing. */
function blank(count: number, point = false): string {
  return (point && count > 0 ? "\u2008" : "") + "\u2007".repeat(Math.max(0, count - (point ? 1 : 0)));
}
