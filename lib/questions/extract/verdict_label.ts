import { lastBoxed } from "./boxed.ts";

/**
 * What is said of a conclusion, in words: the first row that fits at a place counts. Rows without a label
 * name the labels without choosing one.
 */
const SAID: readonly (readonly [label: "True" | "False" | "Uncertain" | undefined, words: string])[] = [
  [undefined, String.raw`\btrue, false,? (?:or|and) (?:uncertain|unknown)`],
  [
    undefined,
    String
      .raw`\b(?:whether\b[^.!?,;\n]{0,60}?|if (?:it|this|(?:the|that) (?:conclusion|statement|claim)) is )` +
    String.raw`\b(?:true|false)(?:,? or (?:(?:it is |is )?(?:true|false)|not))?`,
  ],
  ["Uncertain", String.raw`\bneither (?:\w+ ){0,3}true nor (?:\w+ ){0,3}false`],
  // "It cannot be determined that the conclusion is true or false".
  [
    "Uncertain",
    String.raw`(?:\bcannot|\bcan not|n't|n’t|\bnot|\bunable to) (?:be |been )?(?:\w+ly |enough \w+ to )?` +
    String.raw`(?:determin|conclu|infer|decid|deduc|establish|verif|prove|know|tell|say|certain\b)\w*` +
    String.raw`(?:[^.!?,;\n]{0,60}?\b(?:true|false)(?: (?:or|nor) (?:(?:it is |is )?(?:true|false)|not))?)?`,
  ],
  ["Uncertain", String.raw`(?:\bnot|n't|n’t) (?:necessarily|certainly|definitely) (?:true|false)`],
  ["Uncertain", String.raw`\b(?:uncertain|unknown|undetermined|indeterminate|undecided|inconclusive)\b`],
  [undefined, String.raw`\btrue or false`],
  [
    "False",
    String.raw`(?:\bnot|\bcannot|n't|n’t|\bnever) (?:be |a |the |entirely |actually )?true\b|\buntrue\b`,
  ],
  ["True", String.raw`(?:\bnot|\bcannot|n't|n’t|\bnever) (?:be |a |the |entirely |actually )?false\b`],
  ["True", String.raw`\btrue\b`],
  ["False", String.raw`\bfalse\b`],
];

const ANY = new RegExp(SAID.map(([, words]) => `(${words})`).join("|"), "gi");

/**
 * Whether a reply calls a conclusion true, false or uncertain: what its last `\boxed{}` says, else its last
 * words after an "answer is", else its last words on that. A "not true" is a "False", "cannot be determined"
 * and the like are "Uncertain".
 *
 * @returns `undefined` where it says nothing of that kind
 */
export function verdictLabel(reply: string): "True" | "False" | "Uncertain" | undefined {
  const text = reply.replaceAll(/[*_`]|\\text(?:bf)?\s*(?=\{)/g, "");
  const marked = [...text.matchAll(/\banswer\s*(?:is|:)\s*([^.\n]*)/gi)].at(-1)?.[1];
  for (const part of [lastBoxed(text), marked, text]) {
    const labels = [...(part ?? "").matchAll(ANY)].flatMap((match) =>
      SAID[match.slice(1).findIndex((found) => found !== undefined)]![0] ?? []
    );
    if (labels.length > 0) return labels.at(-1);
  }
  return undefined;
}
