import { RangeError, TypeError } from "./errors.ts";
import { givenInWords } from "./given.ts";
import { quoted } from "./printable.ts";

/** The names of an interface's options, all of them: one that is left out here does not compile. */
export type OptionNames<T> = Readonly<Record<KeyOf<T>, unknown>>;

/** Keys of all members of a union. */
type KeyOf<T> = T extends unknown ? keyof T : never;

/**
 * An object without its fields that are undefined. Options are handed on as they are, `undefined` and all;
 * this is for what is asked for its fields, or kept: rows, records, nodes.
 */
export type Defined<T> = T extends unknown ?
    & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] }
    & { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> }
  : never;

/** Options of which each has a value: defaults stand where none was given. */
export type Chosen<T> = { [Key in keyof T]-?: Exclude<T[Key], undefined> };

/** What {@linkcode withDefaults} gives. */
export type WithDefaults<Defaults, Options> =
  & Omit<Options, keyof Defaults>
  & {
    [Key in keyof Defaults]:
      | Defaults[Key]
      | (Key extends keyof Options ? Exclude<Options[Key], undefined> : never);
  };

/** The options that other programs have for what is called so here, by the letters of their names. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  lr: ["rate", "schedule", "rateFactor"],
  learningrate: ["rate", "schedule", "rateFactor"],
  eps: ["epsilon"],
  wd: ["weightDecay"],
  protect: ["ignore"],
  ignoredlayers: ["ignore"],
  pruningratio: ["target", "sparsity"],
  ratio: ["target", "sparsity"],
  nm: ["pattern"],
  onprogress: ["progress"],
  bs: ["batchSize"],
  device: ["runtime", "engine"],
  callback: ["afterEpoch", "watch"],
};

/** What to do about options that belong to something else than the function they were given to. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  lr: "the rate is the schedule's, as in fit(model, data, { schedule: cosine({ rate: 0.1 }), … })",
  learningrate: "the rate is the schedule's, as in fit(model, data, { schedule: cosine({ rate: 0.1 }), … })",
};

/**
 * Refuses options that a function does not have: neither a program that is run without a check of its types
 * nor a cell of a notebook would notice `roundto`. The names stand beside the options' interface, or in the
 * call; a field of the interface that they lack does not compile.
 *
 * @param call name of the function
 * @param names a key for each option
 * @param least an example with what cannot be left out, where something cannot
 * @throws TypeError where `options` is no object, or names an unknown option, with the name that was meant
 * where one is near, and all of them
 */
export function requireOptions<T extends object>(
  call: string,
  options: T,
  names: NoInfer<OptionNames<T>>,
  least?: string,
): void {
  const known = Object.keys(names);
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    const given = options === undefined ? "without options" : `with options ${String(options)}`;
    const expected = least ? `at least ${least}` : `an object with any of ${known.join(", ")}`;
    throw new TypeError(`Cannot call ${call} ${given}: expected ${expected}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    const meant = meantBy(name, known);
    const letters = lettersOf(name);
    const advice = meant !== undefined
      ? `did you mean "${meant}"? It knows`
      : Object.hasOwn(ELSEWHERE, letters)
      ? `${ELSEWHERE[letters]}; it knows`
      : "it knows";
    throw new TypeError(`Cannot call ${call} with option "${name}": ${advice} ${known.join(", ")}`);
  }
}

/** The words that options know, all of them: one of a union that is left out here does not compile. */
export type OptionWords<Given> = {
  readonly [Option in keyof Given]: Readonly<Record<WordOf<Given, Option>, unknown>>;
};

/** What an option is where it is a word. */
type WordOf<Given, Option extends keyof Given> = Given[Option] & string;

/**
 * Refuses a word that an option does not know, which would otherwise be taken for another, or for none.
 *
 * @param action what cannot be done so: "build BERT"
 * @param given options with their words, defaults in the place of those that were not given
 * @param words a key for each word of each option
 * @throws RangeError naming the option, with all words that it knows
 */
export function requireWords<Given extends Readonly<Record<string, string>>>(
  action: string,
  given: Given,
  words: NoInfer<OptionWords<Given>>,
): void {
  for (const option of Object.keys(given)) {
    const word: unknown = given[option];
    const known = words[option]!;
    if (typeof word === "string" && Object.hasOwn(known, word)) continue;
    const names = Object.keys(known).map((name) => `"${name}"`);
    const shown = typeof word === "string" ? quoted(word) : givenInWords(word);
    throw new RangeError(
      `Cannot ${action} with ${option} ${shown}: expected ${names.slice(0, -1).join(", ")} or ${
        names.at(-1)
      }`,
    );
  }
}

/**
 * An object without its fields that are undefined, the rest in the same order: a field that is not there is
 * what rows are written, compared and drawn with.
 */
export function withoutUndefined<const T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/**
 * Defaults, and the options that were given in their place: one that is undefined is one that was not given.
 */
export function withDefaults<Defaults extends object, Options extends object>(
  defaults: Defaults,
  options: Options | undefined,
): WithDefaults<Defaults, Options> {
  return { ...defaults, ...withoutUndefined(options ?? {}) } as WithDefaults<Defaults, Options>;
}

/** The options that one function has, among options that are meant for several. */
export function pickOptions<T extends object>(options: T & object, names: NoInfer<OptionNames<T>>): T {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(names, name))) as T;
}

/** The names of an interface's options but for some: what `Omit` is for the interface itself. */
export function omitNames<Names extends object, Name extends keyof Names>(
  names: Names,
  ...omitted: readonly Name[]
): Omit<Names, Name> {
  const rest: Partial<Names> = { ...names };
  for (const name of omitted) delete rest[name];
  return rest as Omit<Names, Name>;
}

/** The known name that another one stands for: a synonym, or one a few letters away. */
function meantBy(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  const synonyms = Object.hasOwn(SYNONYMS, letters) ? SYNONYMS[letters]! : [];
  const synonym = known.find((other) => synonyms.includes(other));
  if (synonym !== undefined) return synonym;
  const distance = (other: string) => edits(letters, lettersOf(other));
  const nearest = known.reduce(
    (best, other) => best === undefined || distance(other) < distance(best) ? other : best,
    undefined as string | undefined,
  );
  const within = nearest !== undefined && distance(nearest) <= Math.max(1, lettersOf(nearest).length / 2);
  return within ? nearest : undefined;
}

/** A name without case and joints: `learning_rate` and `learningRate` are one. */
const lettersOf = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");

/** Letters to add, drop or change to make one text of another (Levenshtein). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
