import type { Dim } from "./dim.ts";

/**
 * A polynomial with integer coefficients, as a map from monomial to term.
 *
 * The factors of a monomial ("atoms") are texts: a plain name, any other name in square brackets, or one of
 * `floor(p/q)`, `max(p,q)`, `min(p,q)`, `broadcast(p,q)` of polynomials. Every polynomial made here is
 * normalised, so that printing it is a canonical form.
 */
export type Polynomial = ReadonlyMap<string, Term>;

interface Term {
  coefficient: number;
  /** Sorted. */
  atoms: readonly string[];
}

const NAME = /^[A-Za-z_][\w.]*$/;
const SEPARATOR = "\0";

/** A product that may have more terms is not multiplied out: each further factor would multiply them. */
const MOST_TERMS = 256;

/** Calls in calls, and letters: a text that goes beyond either is a name. */
const [DEEPEST, LONGEST] = [64, 1000];

function fromTerms(terms: Iterable<Term>): Polynomial {
  const sum = new Map<string, Term>();
  for (const { coefficient, atoms } of terms) {
    const key = atoms.join(SEPARATOR);
    const total = (sum.get(key)?.coefficient ?? 0) + coefficient;
    if (total === 0) sum.delete(key);
    else sum.set(key, { coefficient: total, atoms });
  }
  return sum;
}

const constant = (value: number): Polynomial => fromTerms([{ coefficient: value, atoms: [] }]);
const atom = (text: string): Polynomial => fromTerms([{ coefficient: 1, atoms: [text] }]);

/** The value of a polynomial without unknowns. */
function constantValue(p: Polynomial): number | undefined {
  if (p.size === 0) return 0;
  return p.size === 1 ? p.get("")?.coefficient : undefined;
}

/** p + q */
export function add(p: Polynomial, q: Polynomial): Polynomial {
  return fromTerms([...p.values(), ...q.values()]);
}

/** factor · p */
export function scale(p: Polynomial, factor: number): Polynomial {
  return fromTerms([...p.values()].map(({ coefficient, atoms }) => ({
    coefficient: coefficient * factor,
    atoms,
  })));
}

/** p · q; a name for it where that could have more than 256 terms. */
export function multiply(p: Polynomial, q: Polynomial): Polynomial {
  if (p.size * q.size > MOST_TERMS && p.size > 1 && q.size > 1) {
    return atom(quote([operand(p), operand(q)].sort().join("*")));
  }
  const terms: Term[] = [];
  for (const a of p.values()) for (const b of q.values()) terms.push(multiplyTerms(a, b));
  return fromTerms(terms);
}

function multiplyTerms(a: Term, b: Term): Term {
  return { coefficient: a.coefficient * b.coefficient, atoms: [...a.atoms, ...b.atoms].sort() };
}

/** a / b if that is a term again. */
function divideTerms(a: Term, b: Term): Term | undefined {
  if (a.coefficient % b.coefficient !== 0) return undefined;
  const atoms = [...a.atoms];
  for (const factor of b.atoms) {
    const at = atoms.indexOf(factor);
    if (at < 0) return undefined;
    atoms.splice(at, 1);
  }
  return { coefficient: a.coefficient / b.coefficient, atoms };
}

/** Highest degree first, then by name; the constant comes last. */
function byOrder(a: Term, b: Term): number {
  const [left, right] = [a.atoms.join(SEPARATOR), b.atoms.join(SEPARATOR)];
  return b.atoms.length - a.atoms.length || (left < right ? -1 : left > right ? 1 : 0);
}

const ordered = (p: Polynomial): Term[] => [...p.values()].sort(byOrder);

/** Long division; `undefined` where it leaves a remainder. */
function divideExactly(p: Polynomial, q: Polynomial): Polynomial | undefined {
  const lead = ordered(q)[0];
  if (lead === undefined) return undefined;
  const quotient: Term[] = [];
  let rest = p;
  // Sizes are short products: anything longer is not worth simplifying.
  for (let steps = 0; rest.size > 0; steps++) {
    const term = divideTerms(ordered(rest)[0]!, lead);
    if (term === undefined || steps > 32) return undefined;
    quotient.push(term);
    rest = add(rest, scale(multiply(fromTerms([term]), q), -1));
  }
  return fromTerms(quotient);
}

/** ⌊p / q⌋ */
export function floorDivide(p: Polynomial, q: Polynomial): Polynomial {
  const exact = divideExactly(p, q);
  if (exact) return exact;
  const divisor = constantValue(q);
  if (divisor === undefined) {
    const [top, bottom] = cancelCommonFactors(p, q);
    const cancelled = constantValue(bottom);
    return cancelled === undefined ? floorAtom(top, bottom) : floorDivideByNumber(top, cancelled);
  }
  return divisor < 0 ? floorDivideByNumber(scale(p, -1), -divisor) : floorDivideByNumber(p, divisor);
}

/** Divides out the factors that every term of both has. */
function cancelCommonFactors(p: Polynomial, q: Polynomial): [Polynomial, Polynomial] {
  const terms = [...p.values(), ...q.values()];
  let divisor = 0;
  for (const { coefficient } of terms) divisor = greatestCommonDivisor(divisor, coefficient);
  let common = [...terms[0]?.atoms ?? []];
  for (const { atoms } of terms) {
    const left = [...atoms];
    common = common.filter((factor) => {
      const at = left.indexOf(factor);
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  }
  const factor = fromTerms([{ coefficient: divisor || 1, atoms: common }]);
  return [divideExactly(p, factor) ?? p, divideExactly(q, factor) ?? q];
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return Math.abs(a);
}

function floorDivideByNumber(p: Polynomial, divisor: number): Polynomial {
  // Whole multiples come out, so that what stays under the division has coefficients in [0, divisor).
  const outside: Term[] = [];
  const inside: Term[] = [];
  for (const { coefficient, atoms } of p.values()) {
    const whole = Math.floor(coefficient / divisor);
    outside.push({ coefficient: whole, atoms });
    inside.push({ coefficient: coefficient - whole * divisor, atoms });
  }
  let rest = fromTerms(inside);
  const known = constantValue(rest);
  if (known !== undefined) return fromTerms(outside);
  // ⌊(g·p + c) / (g·d)⌋ = ⌊(p + ⌊c/g⌋) / d⌋
  let common = divisor;
  for (const { coefficient, atoms } of rest.values()) {
    if (atoms.length) common = greatestCommonDivisor(common, coefficient);
  }
  rest = fromTerms([...rest.values()].map(({ coefficient, atoms }) => ({
    coefficient: Math.floor(coefficient / common),
    atoms,
  })));
  divisor /= common;
  if (divisor === 1) return add(fromTerms(outside), rest);
  // ⌊(⌊p/a⌋ + c) / b⌋ = ⌊(p + a·c) / (a·b)⌋
  const nested = [...rest.values()].filter(({ atoms }) => atoms.length);
  const only = nested.length === 1 && nested[0]!.coefficient === 1 && nested[0]!.atoms.length === 1
    ? splitFloor(nested[0]!.atoms[0]!)
    : undefined;
  if (only) {
    const [inner, by] = only;
    const shift = (rest.get("")?.coefficient ?? 0) * by;
    return add(fromTerms(outside), floorDivideByNumber(add(inner, constant(shift)), by * divisor));
  }
  return add(fromTerms(outside), floorAtom(rest, constant(divisor)));
}

const floorAtom = (p: Polynomial, q: Polynomial): Polynomial => atom(`floor(${operand(p)}/${operand(q)})`);

/** The parts of a division by a number. */
function splitFloor(text: string): [Polynomial, number] | undefined {
  const match = /^floor\((.*)\/(\d+)\)$/.exec(text);
  const inner = match && parsed(match[1]!.replace(/^\((.*)\)$/, "$1"));
  return inner ? [inner, Number(match[2])] : undefined;
}

/** The largest or smallest. */
export function extreme(which: "max" | "min", ...all: readonly Polynomial[]): Polynomial {
  const sign = which === "max" ? 1 : -1;
  const kept = new Map<string, Polynomial>();
  for (const next of all.flatMap((p) => membersOf(which, p))) {
    const others = [...kept];
    if (others.some(([, other]) => exceeds(other, next, sign))) continue;
    for (const [text, other] of others) if (exceeds(next, other, sign)) kept.delete(text);
    kept.set(print(next), next);
  }
  return callAtom(which, kept);
}

/** Whether sign · (p − q) ≥ 0 always: unknowns are sizes, so coefficients that share a sign decide. */
function exceeds(p: Polynomial, q: Polynomial, sign: number): boolean {
  const difference = add(p, scale(q, -1));
  return [...difference.values()].every(({ coefficient, atoms }) =>
    coefficient * sign >= 0 && !atoms.some(mayBeNegative)
  );
}

/**
 * Names are sizes, and so is what sums, products, divisions and extremes make of them; a minus may lead below
 * 0.
 */
const mayBeNegative = (text: string) => /^(?:floor|max|min|broadcast)\(.*-/.test(text);

/** The polynomial that p and q broadcast to: the one that is not 1. */
export function broadcast(p: Polynomial, q: Polynomial): Polynomial {
  const [a, b] = [constantValue(p), constantValue(q)];
  if (a === 1) return q;
  if (b === 1) return p;
  if (a !== undefined) return p;
  if (b !== undefined) return q;
  const members = new Map(
    [...membersOf("broadcast", p), ...membersOf("broadcast", q)].map((member) => [print(member), member]),
  );
  // S beside min(S, k) with k > 1 fits only where S ≤ k: a table cut to the length of what it is added to.
  for (const [text, member] of members) {
    const parts = membersOf("min", member);
    const cut = parts.length === 2 && parts.some((part) => Number(constantValue(part)) > 1);
    if (cut && parts.some((part) => members.has(print(part)))) members.delete(text);
  }
  return callAtom("broadcast", members);
}

function membersOf(name: string, p: Polynomial): Polynomial[] {
  const text = print(p);
  const parts = text.startsWith(`${name}(`) ? splitCall(text, name)?.map(parsed) : undefined;
  return parts?.every((part) => part !== undefined) ? parts : [p];
}

function callAtom(name: string, members: ReadonlyMap<string, Polynomial>): Polynomial {
  return members.size === 1
    ? [...members.values()][0]!
    : atom(`${name}(${[...members.keys()].sort().join()})`);
}

/** The arguments of `name(…)` if the text is one call and nothing else. */
function splitCall(text: string, name: string): string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let from = name.length + 1;
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (c === "(" || c === "[") depth++;
    if (depth === 0 && (c === "," || c === ")")) {
      parts.push(text.slice(from, i));
      from = i + 1;
      if (c === ")") return i === text.length - 1 ? parts : undefined;
    } else if (c === ")" || c === "]") depth--;
  }
  return undefined;
}

/** A function of a text that is asked for the same ones again and again. */
function remembered<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, { value: T }>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      found = { value: compute(text) };
      if (known.size > 10_000) known.clear();
      known.set(text, found);
    }
    return found.value;
  };
}

/** {@linkcode parse} without bindings: arguments of calls are read again at each level above them. */
const parsed = remembered((text) => parse(text));

const fromText = remembered((text) => {
  const polynomial = NAME.test(text) || text.length > LONGEST ? undefined : parsed(text);
  return polynomial && String(toDim(polynomial)) === text ? polynomial : atom(quote(text));
});

/** The polynomial of a dimension. A text that is not canonical is a name like any other. */
export function fromDim(dim: Dim): Polynomial {
  return typeof dim === "number" ? constant(dim) : fromText(dim);
}

/** The canonical form of a polynomial. */
export function toDim(p: Polynomial): Dim {
  const value = constantValue(p);
  if (value !== undefined) return value;
  const text = print(p);
  const { atoms } = [...p.values()][0]!;
  return text === atoms[0] && text.startsWith("[") ? text.slice(1, -1) : text;
}

/** The dimension's polynomial with unknowns replaced. */
export function substitute(dim: string, bindings: ReadonlyMap<string, Dim>): Polynomial {
  const bound = new Map<string, Polynomial>();
  for (const [name, value] of bindings) bound.set(quote(name), fromDim(value));
  const polynomial = fromDim(dim);
  // What is divided by a size that is now 0 stays unknown.
  return parse(print(polynomial), bound) ?? polynomial;
}

/** The names of the unknowns in a canonical text. */
export function unknowns(dim: string): string[] {
  const names = new Set<string>();
  parse(print(fromDim(dim)), { get: (name) => void names.add(name) });
  return [...names].map((name) => name.startsWith("[") ? name.slice(1, -1) : name);
}

function quote(name: string): string {
  return NAME.test(name) ? name : `[${balanced(name) ? name : name.replaceAll(/[[\]]/g, "'")}]`;
}

function balanced(name: string): boolean {
  let depth = 0;
  for (const c of name) {
    if (c === "[") depth++;
    if (c === "]" && --depth < 0) return false;
  }
  return depth === 0;
}

function print(p: Polynomial): string {
  const text = ordered(p).map(({ coefficient, atoms }) => {
    const sign = coefficient < 0 ? "-" : "+";
    const size = Math.abs(coefficient);
    return sign + [...size === 1 && atoms.length ? [] : [size], ...atoms].join("*");
  }).join("");
  return text === "" ? "0" : text.replace(/^\+/, "");
}

function operand(p: Polynomial): string {
  const text = print(p);
  return NAME.test(text) || /^\d+$/.test(text) ? text : `(${text})`;
}

interface Bindings {
  get(name: string): Polynomial | undefined | void;
}

/**
 * Reads what {@linkcode print} wrote; `undefined` for most other texts: parentheses stand only around what is
 * divided, so that a short text has no more terms than letters.
 */
function parse(text: string, bindings: Bindings = new Map()): Polynomial | undefined {
  let [at, depth] = [0, 0];
  const take = (token: string) => text.startsWith(token, at) && (at += token.length, true);

  function sum(): Polynomial | undefined {
    const terms: Term[] = [];
    const from = at;
    do {
      const sign = take("-") ? -1 : 1;
      if (sign === 1 && at > from && !take("+")) return undefined;
      const term = product();
      if (!term) return undefined;
      terms.push(...scale(term, sign).values());
    } while (text[at] === "+" || text[at] === "-");
    return fromTerms(terms);
  }

  function product(): Polynomial | undefined {
    let total: Polynomial | undefined;
    do {
      const factor = primary();
      if (!factor) return undefined;
      total = total ? multiply(total, factor) : factor;
    } while (take("*"));
    return total;
  }

  function call(name: string): Polynomial | undefined {
    const args: Polynomial[] = [];
    const between = name === "floor" ? "/" : ",";
    if (++depth > DEEPEST) return undefined;
    do {
      const argument = name === "floor" ? divided() : sum();
      if (!argument) return undefined;
      args.push(argument);
    } while (take(between));
    depth--;
    if (args.length < 2 || !take(")")) return undefined;
    if (name === "floor") {
      return args.length === 2 && constantValue(args[1]!) !== 0 ? floorDivide(args[0]!, args[1]!) : undefined;
    }
    return name === "broadcast" ? args.reduce(broadcast) : extreme(name as "max" | "min", ...args);
  }

  function divided(): Polynomial | undefined {
    if (!take("(")) return sum();
    const inner = sum();
    return take(")") ? inner : undefined;
  }

  function primary(): Polynomial | undefined {
    const token = /^(?:\d+|[A-Za-z_][\w.]*|\[)/.exec(text.slice(at))?.[0];
    if (token === undefined) return undefined;
    at += token.length;
    if (/^\d/.test(token)) return constant(Number(token));
    if (token !== "[") {
      if (/^(?:floor|max|min|broadcast)$/.test(token) && take("(")) return call(token);
      return bindings.get(token) || atom(token);
    }
    const from = at - 1;
    for (let depth = 1; depth > 0; at++) {
      if (at >= text.length) return undefined;
      if (text[at] === "[") depth++;
      if (text[at] === "]") depth--;
    }
    const name = text.slice(from, at);
    return bindings.get(name) || atom(name);
  }

  const result = sum();
  return at === text.length ? result : undefined;
}
