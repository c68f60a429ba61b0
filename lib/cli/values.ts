import { type Bounds, boundsInWords, COUNT, isWithin } from "../bounds.ts";
import type { Shape } from "../onnx/dim.ts";
import { requireInputShapes } from "../onnx/infer_shapes.ts";
import type { Model } from "../onnx/model.ts";
import { emptyRecord } from "../own.ts";
import { type Given, meant, UsageError } from "./command.ts";

/** Text of an option, where it was given. */
export function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

/** All texts of an option that may be given more than once; each may be a list with commas. */
export function listOf(given: Given, name: string): string[] {
  const value = given[name];
  return Array.isArray(value) ? value.flatMap((text: string) => text.split(",")) : [];
}

/** Number of an option, where it was given. */
export function numberOf(given: Given, name: string, bounds: Bounds = {}): number | undefined {
  return boundedOf(given, name, bounds, Number);
}

/** A part of an option, as a number or in percent, where it was given: `0.9` or `90%`. */
export function shareOf(given: Given, name: string, bounds: Bounds = {}): number | undefined {
  return boundedOf(given, name, bounds, numberOrPercent);
}

const numberOrPercent = (text: string): number =>
  /^\s*[\d.]+\s*%\s*$/.test(text) ? Number(text.trim().slice(0, -1)) / 100 : Number(text);

/** Whole number of an option, where it was given. */
export function wholeOf(given: Given, name: string, bounds: Bounds = {}): number | undefined {
  return boundedOf(given, name, { ...bounds, whole: true }, Number);
}

function boundedOf(
  given: Given,
  name: string,
  bounds: Bounds,
  read: (text: string) => number,
): number | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? NaN : read(text);
  if (isWithin(value, bounds)) return value;
  throw new UsageError(`Cannot read --${dashed(name)} ${text}: expected ${boundsInWords(bounds)}`);
}

/** Seed of random numbers, 0 where none was given. */
export const seedOf = (given: Given): number => wholeOf(given, "seed", { from: 0 }) ?? 0;

/** Whole numbers from 1 of an option that may be given more than once. */
export function countsOf(given: Given, name: string): number[] {
  return listOf(given, name).map((text) => {
    if (/^0*[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
    throw new UsageError(`Cannot read --${dashed(name)} ${text}: expected ${boundsInWords(COUNT)}`);
  });
}

/** One of some words, where it was given. */
export function wordOf<Word extends string>(
  given: Given,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textOf(given, name);
  return text === undefined ? undefined : asWord(text, name, words);
}

/** Some of some words, of an option that may be given more than once. */
export function wordsOf<Word extends string>(
  given: Given,
  name: string,
  words: readonly Word[],
): Word[] {
  return listOf(given, name).map((text) => asWord(text, name, words));
}

function asWord<Word extends string>(text: string, name: string, words: readonly Word[]): Word {
  if (words.includes(text as Word)) return text as Word;
  throw new UsageError(`Cannot read --${dashed(name)} ${text}: expected one of ${words.join(", ")}`);
}

/**
 * Sizes of inputs by name, as they were typed.
 *
 * @throws {UsageError} where one is no name with sizes from 1, or an input has two
 */
export function typedShapes(given: Given): Record<string, Shape> {
  const inputShapes: Record<string, Shape> = emptyRecord();
  for (const text of [given["shape"] ?? []].flat()) {
    const [, name, sizes] = `${text}`.match(/^(.+)=(\d+(?:[,x]\d+)*)$/) ?? [];
    const shape = sizes?.split(/[,x]/).map(Number);
    if (name === undefined || !shape?.every((size) => size > 0)) {
      throw new UsageError(
        `Cannot read --shape ${text}: expected an input and its sizes, from 1, as in input=1,3,224,224`,
      );
    }
    if (Object.hasOwn(inputShapes, name)) {
      throw new UsageError(
        `Cannot read --shape ${text}: the sizes of "${name}" were given before; name them once`,
      );
    }
    inputShapes[name] = shape;
  }
  return inputShapes;
}

/**
 * Sizes of a model's inputs: `input=1,3,224,224`, once an input.
 *
 * @param others models that the command opens beside it, whose inputs may be meant as well
 * @throws {UsageError} where no model has such an input, or it has another number of axes
 */
export function shapesOf(
  given: Given,
  model: Model,
  ...others: readonly Model[]
): { inputShapes?: Record<string, Shape> } {
  const inputShapes = typedShapes(given);
  if (Object.keys(inputShapes).length === 0) return {};
  meant(() => requireInputShapes([model, ...others].map(({ graph }) => graph), inputShapes));
  const own = Object.entries(inputShapes).filter(([name]) => model.graph.inputs.includes(name));
  return { inputShapes: Object.fromEntries(own) };
}

/** An option's name as it is typed. */
const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
