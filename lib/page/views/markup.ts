import { escapeXml } from "../../plot/escape_xml.ts";

/** Text that is markup, to be put into a page as it is. */
export class Markup {
  /** The markup as text. */
  readonly text: string;

  /** From text that is markup already. */
  constructor(text: string) {
    this.text = text;
  }

  /** The markup as text. */
  toString(): string {
    return this.text;
  }
}

/** What {@linkcode markup} takes: text is escaped, markup is not, of lists each part, `false` is nothing. */
type Part = string | number | Markup | false | undefined | readonly Part[];

/** HTML or SVG with values in it, as in markup`<b>${name}</b>`. */
export function markup(strings: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + inMarkup(values[i - 1]) + string));
}

function inMarkup(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(inMarkup).join("");
  return escapeXml(`${part}`);
}
