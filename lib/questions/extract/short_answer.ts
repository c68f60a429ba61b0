import { lastBoxed } from "./boxed.ts";

/** Words before an answer that are no part of it. */
const LEAD =
  /^(?:so,? |therefore,? |thus,? )?(?:the )?(?:(?:final|short|correct) )?answer(?: is|:| =)[\s:]*/i;

/**
 * The few words that a reply gives as its answer: those in its last `\boxed{}`, else in bold, else its last
 * line; without "the answer is" before and a full stop behind. A bold "Answer:" marks what follows it.
 *
 * @returns `undefined` where the reply is empty
 */
export function shortAnswer(reply: string): string | undefined {
  const lines = reply.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const box = lastBoxed(reply)?.replaceAll(/\\text(?:bf)?\s*\{([^{}]*)\}/g, "$1");
  const answer = box ?? boldAnswer(lines) ?? lines.at(-1);
  return answer === undefined ? undefined : cleaned(answer) || undefined;
}

/** The last bold words; where those are a title ("**Answer:** Paris"), what follows them. */
function boldAnswer(lines: readonly string[]): string | undefined {
  for (let i = lines.length - 1; i >= 0; i--) {
    const bold = [...lines[i]!.matchAll(/(\*\*|__)(?=\S)(.+?)\1/g)].at(-1);
    if (!bold) continue;
    if (!/:\s*$|answer$/i.test(bold[2]!)) return bold[2]!;
    return lines[i]!.slice(bold.index + bold[0].length).replace(/^\s*:/, "").trim() || lines[i + 1];
  }
  return undefined;
}

function cleaned(answer: string): string {
  return answer.replaceAll(/\*\*|__|`/g, "").trim().replace(LEAD, "").replace(/[.\s]+$/, "").trim();
}
