import type { Json } from "../protocol/wire.ts";

/** The line of a message that helps: where several overloads were tried, what is wrong with one. */
export function bestLine(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  return (lines.find((line) => line.includes("Did you mean")) ?? lines.at(-1)!).replace(/\.$/, "");
}

/** The words of a hover, in Markdown; `undefined` where it says nothing. */
export function hoverText(answer: unknown): string | undefined {
  const contents = (answer as { contents?: unknown } | null | undefined)?.contents;
  const parts = Array.isArray(contents) ? contents : [contents];
  return parts.map(partText).join("\n\n").trim() || undefined;
}

/** A part of a hover: Markdown, or code of a language. */
function partText(part: unknown): string {
  if (typeof part === "string") return part;
  const { value = "", language } = (part ?? {}) as { value?: string; language?: string };
  return language ? fenced(language, value) : value;
}

function fenced(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}

/** The signature of a call with its words, in Markdown; `undefined` where there is none. */
export function signatureText(answer: unknown): string | undefined {
  const { signatures = [], activeSignature = 0 } = (answer ?? {}) as {
    signatures?: Json[];
    activeSignature?: number;
  };
  const signature = signatures[activeSignature];
  if (!signature) return undefined;
  const { label, documentation } = signature;
  const words = typeof documentation === "string"
    ? documentation
    : (documentation as Json | undefined)?.value ?? "";
  return `${fenced("ts", String(label))}\n${words}`.trim();
}

/** Markdown for a terminal: the lines that open and close a piece of code are left out. */
export function plainText(markdown: string): string {
  return markdown.split("\n").filter((line) => !/^\s*```[\w-]*\s*$/.test(line)).join("\n").trim();
}

/** Kinds of completions by the protocol's numbers. */
export const KINDS: Readonly<Record<number, string>> = {
  2: "function",
  3: "function",
  4: "function",
  5: "property",
  6: "instance",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  14: "keyword",
  21: "constant",
};
