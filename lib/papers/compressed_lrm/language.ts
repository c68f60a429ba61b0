import { type Random, seededRandom } from "../../random.ts";

/** What an item asks for: a fact, two facts in a row, or the end of a chain of so many steps. */
export type Question = "K1" | "K2" | `R${2 | 3 | 4 | 5 | 6}`;

/** All questions: knowledge, then reasoning from easy to hard. */
export const QUESTIONS: readonly Question[] = ["K1", "K2", "R2", "R3", "R4", "R5", "R6"];

/** Numbers that chains count with: 0 to 6, and over again. */
const MODULUS = 7;

const alphabet = (first: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => String.fromCodePoint(first.codePointAt(0)! + i));

const VARIABLES = alphabet("a", 10);
const GIVEN = alphabet("A", 24);
const FAMILY = alphabet("α", 24);
const COLOURS = alphabet("0", 16).map((_, i) => `#${i.toString(16)}`);
const DIGITS = alphabet("0", MODULUS);
const SUMS = alphabet("1", MODULUS - 1).map((digit) => `+${digit}`);

/** The symbols of the language; a token is a symbol's place here. The first one fills rows up. */
export const SYMBOLS: readonly string[] = [
  ...["_", "|", ".", "=", "?", "friend", "colour"],
  ...DIGITS,
  ...SUMS,
  ...VARIABLES,
  ...GIVEN,
  ...FAMILY,
  ...COLOURS,
];

const places = new Map(SYMBOLS.map((symbol, i) => [symbol, i]));
const token = (symbol: string): number => places.get(symbol)!;

/** The token that rows are filled up with. */
const PADDING = token("_");

/** The token that ends an answer. */
export const END = token(".");

/** Tokens as text. */
export const written = (ids: readonly number[]): string => ids.map((id) => SYMBOLS[id]).join(" ");

/** A question and its right answer, in tokens. */
export interface Item {
  /** Question that the text ends with. */
  question: Question;
  /** Tokens of the question. */
  prompt: number[];
  /** Tokens of the answer, its end included; what comes before the last step is scratchpad. */
  answer: number[];
}

/** Somebody of the world that is to be known by heart. */
interface Person {
  name: readonly [given: number, family: number];
  colour: number;
  friend: number;
}

/** The facts: people of two names each, with a colour and a friend, drawn at random. */
export interface World {
  /** How many people there are. */
  readonly people: number;
  /** Asks for the colour of one: `| A α colour =` → `#3 .` */
  colourOf(person: number): Item;
  /** Asks for the friend of one: `| A α friend =` → `B β .` */
  friendOf(person: number): Item;
  /** Asks for the colour of one's friend: `| A α friend colour =` → `B β colour = #5 .` */
  colourOfFriend(person: number): Item;
}

/** The most people there can be: all pairs of names. */
export const MOST_PEOPLE = GIVEN.length * FAMILY.length;

/** A world of so many people. */
export function world(people: number, seed: number): World {
  const random = seededRandom(seed, "world");
  const everybody = [...random.permutation(MOST_PEOPLE)].slice(0, people).map((place): Person => ({
    name: [token(GIVEN[Math.floor(place / FAMILY.length)]!), token(FAMILY[place % FAMILY.length]!)],
    colour: token(COLOURS[random.integer(COLOURS.length)]!),
    friend: random.integer(people),
  }));
  const ask = (question: Question, person: number, relations: readonly string[], answer: number[]): Item => ({
    question,
    prompt: [token("|"), ...everybody[person]!.name, ...relations.map(token), token("=")],
    answer: [...answer, END],
  });
  const recalled = ({ name, colour }: Person) => [...name, token("colour"), token("="), colour];
  return {
    people,
    colourOf: (person) => ask("K1", person, ["colour"], [everybody[person]!.colour]),
    friendOf: (person) => ask("K1", person, ["friend"], [...everybody[everybody[person]!.friend]!.name]),
    colourOfFriend: (person) =>
      ask("K2", person, ["friend", "colour"], recalled(everybody[everybody[person]!.friend]!)),
  };
}

/**
 * A chain of steps that nobody can know by heart: `| c 3 f +4 a +6 ?` → `c 3 f 0 a 6 .`, sums modulo 7. The
 * answer says each variable's value in turn; the last one is what was asked for.
 */
export function chain(random: Random, steps: 2 | 3 | 4 | 5 | 6): Item {
  const names = [...random.permutation(VARIABLES.length)].slice(0, steps).map((i) => token(VARIABLES[i]!));
  let value = random.integer(MODULUS);
  const prompt = [token("|"), names[0]!, token(DIGITS[value]!)];
  const answer = [names[0]!, token(DIGITS[value]!)];
  for (const name of names.slice(1)) {
    const more = random.integer(SUMS.length);
    value = (value + more + 1) % MODULUS;
    prompt.push(name, token(SUMS[more]!));
    answer.push(name, token(DIGITS[value]!));
  }
  return { question: `R${steps}`, prompt: [...prompt, token("?")], answer: [...answer, END] };
}

const LENGTHS = [2, 3, 4, 5, 6] as const;

/** Which items a lesson is of: half facts, half chains; or one kind alone. */
export type LessonKind = "lessons" | "facts" | "chains";

/**
 * One item to learn from: half knowledge, half chains of two to six steps. Two facts in a row are asked of
 * every other person alone; of the others they are what is tested.
 */
function lesson(random: Random, facts: World, kind: LessonKind = "lessons"): Item {
  const ofChains = kind === "lessons" ? random.uniform() >= 0.5 : kind === "chains";
  if (ofChains) return chain(random, LENGTHS[random.integer(LENGTHS.length)]!);
  const person = random.integer(facts.people);
  const drawn = random.uniform();
  if (drawn < 0.4) return facts.colourOf(person);
  return drawn < 0.7 || person % 2 === 1 ? facts.friendOf(person) : facts.colourOfFriend(person);
}

/**
 * Items to test with: the colours of everybody, up to so many; two facts in a row of those of whom they were
 * not asked in training; fresh chains of each length.
 */
export function exam(facts: World, { seed, items }: { seed: number; items: number }): Item[] {
  const random = seededRandom(seed, "exam");
  const odd = Array.from({ length: Math.floor(facts.people / 2) }, (_, i) => 2 * i + 1);
  return [
    ...Array.from({ length: Math.min(items, facts.people) }, (_, person) => facts.colourOf(person)),
    ...odd.slice(0, items).map((person) => facts.colourOfFriend(person)),
    ...LENGTHS.flatMap((steps) => Array.from({ length: items }, () => chain(random, steps))),
  ];
}

/** A row of tokens to learn from, filled with whole items, and the token that is to follow each place. */
export interface LessonRow {
  /** Tokens. */
  ids: number[];
  /** What follows, where that is part of an answer; −1 elsewhere. */
  next: number[];
}

/** Fills a row of that length with items; where the next one does not fit, padding ends it. */
export function lessonRow(
  random: Random,
  facts: World,
  length: number,
  kind: LessonKind = "lessons",
): LessonRow {
  const ids: number[] = [];
  const next: number[] = [];
  for (;;) {
    const { prompt, answer } = lesson(random, facts, kind);
    if (ids.length + prompt.length + answer.length > length) break;
    ids.push(...prompt, ...answer);
    next.push(...prompt.slice(1).map(() => -1), ...answer, -1);
  }
  const rest = length - ids.length;
  return {
    ids: [...ids, ...new Array<number>(rest).fill(PADDING)],
    next: [...next, ...new Array<number>(rest).fill(-1)],
  };
}
