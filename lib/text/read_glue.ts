import { withoutUndefined } from "../options.ts";
import { SyntaxError } from "../errors.ts";
import { type GlueName, type GlueTask, glueTask, type RowLayout } from "./glue_tasks.ts";
import type { TextExample } from "./text_set.ts";

/**
 * The examples of a file of GLUE. Columns are divided by tabs, and quotes mean nothing. Whether there is a
 * header is seen from the first line: it has one where it names the columns of the texts, which are then
 * found by these names; else the number of columns tells where texts and labels stand.
 *
 * @param text what the file holds
 * @param name what messages call it
 * @throws {RangeError} another task; {SyntaxError} a line with too few or too many columns, or a label that
 * is none of the task's
 */
export function readGlue(task: GlueName, text: string, name = "the given text"): TextExample[] {
  const known = glueTask(task);
  const lines = text.replace(/^\ufeff/, "").split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  const first = lines[0]?.split("\t") ?? [];
  const header = known.texts.every((column) => first.includes(column));
  const layout = header ? layoutOf(known, first) : layoutFor(known, first.length, name);
  return lines.slice(header ? 1 : 0).map((line, i) => {
    const row = line.split("\t");
    const number = i + (header ? 2 : 1);
    if (!layout.columns.includes(row.length)) {
      throw new SyntaxError(
        `Cannot read ${name}: line ${number} has ${row.length} columns, expected ${
          layout.columns.join(" or ")
        } divided ` +
          `by tabs; quotes mean nothing in these files, and no text goes over a line's end: take the file as ` +
          `${known.title}'s publisher gives it`,
      );
    }
    const [one, other] = layout.texts.map((column) => row[column]!);
    const { label } = layout;
    return withoutUndefined({
      text: one!,
      pair: other,
      label: label === undefined ? undefined : labelOf(known, row[label]!, number, name),
    });
  });
}

function layoutOf(task: GlueTask, header: readonly string[]): RowLayout {
  const label = header.indexOf(task.label);
  return {
    columns: [header.length],
    texts: task.texts.map((column) => header.indexOf(column)),
    label: label >= 0 ? label : undefined,
  };
}

function layoutFor({ layouts, title, texts }: GlueTask, columns: number, name: string): RowLayout {
  const layout = layouts.find((layout) => layout.columns.includes(columns));
  if (layout) return layout;
  throw new SyntaxError(
    `Cannot read ${name}: its first line has ${columns} columns and is no header of ${title}; expected columns named ` +
      `${texts.join(", ")}, or ${
        layouts.flatMap((layout) => layout.columns).join(" or ")
      } columns divided by tabs`,
  );
}

function labelOf({ labels, title }: GlueTask, written: string, line: number, name: string): number {
  const label = labels.length > 0 ? labels.indexOf(written) : written.trim() === "" ? NaN : Number(written);
  if (label >= 0) return label;
  throw new SyntaxError(
    `Cannot read ${name}: the label ${
      JSON.stringify(written)
    } of line ${line} is none of ${title}'s; expected ${
      labels.length > 0 ? labels.join(", ") : "a number from 0"
    }`,
  );
}
