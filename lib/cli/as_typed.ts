/** What the library's sentences say of its options, and what is typed in their place. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/ in inputShapes\b/g, " by --shape, as in --shape input=1,3,224,224"],
  [
    /; use the option rename to translate names or to drop tensors$/,
    "; the library translates names (loadWeights)",
  ],
  [/\bsay setLimits\(\{ (\w+): … \}\)/g, "say --limit $1=… with a larger number"],
  [
    /^Cannot measure latency with batch (\d+): (.*); leave batch out, /,
    "Cannot measure --batch $1: $2; leave --batch out, ",
  ],
  [/\bof roundTo (?=\d)/g, "of --round-to "],
  [/, or look at what channelGroups protects$/, ", or look at what `espalier inspect` says that stays"],
];

/** A sentence of the library in the words of the command line. */
export function asTyped(sentence: string): string {
  return WORDS.reduce((text, [word, typed]) => text.replace(word, typed), sentence);
}
