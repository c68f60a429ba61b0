import { deepEqual, doesNotThrow, match, throws } from "node:assert/strict";
import {
  omitNames,
  type OptionNames,
  pickOptions,
  requireOptions,
  requireWords,
  withDefaults,
  withoutUndefined,
} from "../lib/options.ts";

interface Known {
  roundTo?: number;
  maxPruned?: number;
  target?: { macs: number };
}

const KNOWN: OptionNames<Known> = { roundTo: true, maxPruned: true, target: true };

/** What a function says to options of a program whose types nobody checked. */
function said(options: unknown, names: OptionNames<Known> = KNOWN): string {
  try {
    requireOptions("planPruning", options as Known, names);
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
  return "";
}

Deno.test("known options pass, given or undefined", () => {
  doesNotThrow(() => requireOptions("planPruning", { roundTo: 8, maxPruned: undefined }, KNOWN));
});

Deno.test("another name is told the one that was meant: letters, cases, joints, other programs' words", () => {
  const meant = { roundto: "roundTo", round_to: "roundTo", max_prune: "maxPruned", tagret: "target" };
  for (const [name, other] of Object.entries({ ...meant, pruning_ratio: "target" })) {
    match(
      said({ [name]: 1 }),
      new RegExp(`^Cannot call planPruning with option "${name}": did you mean "${other}"`),
    );
  }
});

Deno.test("a name that is like none is told all there are, and where it belongs instead", () => {
  for (const name of ["toString", "constructor", "x"]) {
    match(said({ [name]: 1 }), /with option ".*": it knows roundTo, maxPruned, target$/);
  }
  match(said({ lr: 0.1 }), /the rate is the schedule's, as in fit\(.* it knows roundTo/);
});

Deno.test("names that options had before are told their new ones", () => {
  const call = (options: object) =>
    requireOptions<object>("compress", options, { method: 1, pattern: 1, progress: 1 });
  throws(() => call({ nm: { n: 2, m: 4 } }), /with option "nm": did you mean "pattern"/);
  throws(() => call({ onProgress: () => {} }), /with option "onProgress": did you mean "progress"/);
});

Deno.test("what is no object at all is told what to give", () => {
  match(
    said(undefined),
    /^Cannot call planPruning without options: expected an object with any of roundTo, /,
  );
  for (const wrong of [null, 0.5, "macs", ["roundTo"]]) {
    match(
      said(wrong),
      /^Cannot call planPruning with options .*expected an object with any of roundTo, maxP/,
    );
  }
});

Deno.test("a field of the interface that the names lack, and a name that it lacks, do not compile", () => {
  // @ts-expect-error `target` is not there
  const short: OptionNames<Known> = { roundTo: true, maxPruned: true };
  // @ts-expect-error `other` is no field
  const long: OptionNames<Known> = { roundTo: true, maxPruned: true, target: true, other: true };
  throws(() => requireOptions("f", { target: { macs: 1 } }, short), /option "target"/);
  doesNotThrow(() => requireOptions("f", { roundTo: 1 } as Known, long));
});

Deno.test("options for several functions give one of them its own", () => {
  const many: Known & { everything: string } = { roundTo: 4, everything: "else" };
  deepEqual(pickOptions<Known>(many, KNOWN), { roundTo: 4 });
});

Deno.test("names without some are those of the rest, and the list they came from keeps them", () => {
  deepEqual(Object.keys(omitNames(KNOWN, "maxPruned")), ["roundTo", "target"]);
  deepEqual(Object.keys(KNOWN), ["roundTo", "maxPruned", "target"]);
  match(
    said({ maxPruned: 1 }, omitNames(KNOWN, "maxPruned") as OptionNames<Known>),
    /knows roundTo, target$/,
  );
});

Deno.test("defaults stand where an option is absent or undefined, and nowhere else", () => {
  const defaults = { rate: 0.1, steps: 5, name: "run" };
  const given: { rate?: number | undefined; steps?: number | undefined; seed?: number } = {
    rate: undefined,
    steps: 0,
    seed: 1,
  };
  deepEqual(withDefaults(defaults, given), { rate: 0.1, steps: 0, name: "run", seed: 1 });
  deepEqual(withDefaults(defaults, undefined), defaults);
});

Deno.test("what is undefined is left out, and what is nothing but empty stays, in its order", () => {
  const row = withoutUndefined({ b: 0, gone: undefined, a: "", c: null, d: false });
  deepEqual(Object.entries(row), [["b", 0], ["a", ""], ["c", null], ["d", false]]);
  // A name from a file is a name.
  deepEqual(Object.keys(withoutUndefined(JSON.parse('{"__proto__": 1}'))), ["__proto__"]);
});

Deno.test("a word that an option does not know is told with all that it knows, whatever stands in its place", () => {
  const words = { head: { classes: true, span: true, none: true }, weights: { random: true, zeros: true } };
  const ask = (head: unknown) => () =>
    requireWords("build BERT", { head: head as "span", weights: "zeros" as const }, { ...words });
  doesNotThrow(ask("none"));
  const expected = 'expected "classes", "span" or "none"';
  throws(ask("spans"), { name: "RangeError", message: `Cannot build BERT with head "spans": ${expected}` });
  throws(ask("toString"), { message: `Cannot build BERT with head "toString": ${expected}` });
  throws(ask(null), { message: `Cannot build BERT with head null: ${expected}` });
  throws(ask(["span"]), { message: `Cannot build BERT with head a list of 1: ${expected}` });
});
