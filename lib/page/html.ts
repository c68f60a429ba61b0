import { escapeXml } from "../plot/escape_xml.ts";

/** Markup whose values are escaped. */
export class Html {
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

/** What may stand in {@linkcode html}: text is escaped, markup is not, of lists each part, and no `false`. */
type Part = string | number | Html | false | undefined | readonly Part[];

/** Markup, as in html`<b>${name}</b>`. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + inMarkup(values[i - 1]!) + string));
}

function inMarkup(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(inMarkup).join("");
  return escapeXml(`${part}`);
}
