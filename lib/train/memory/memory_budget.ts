import { RangeError } from "../../errors.ts";
import { inferShapes, type InputShapes } from "../../onnx/infer_shapes.ts";
import type { Value } from "../../onnx/builder.ts";
import type { Dim, Shape } from "../../onnx/dim.ts";
import type { Graph, Model, Node } from "../../onnx/model.ts";
import { nameOutputs } from "../../onnx/passes/named_outputs.ts";
import { peakMemory } from "../../onnx/memory/peak_memory.ts";
import { own } from "../../own.ts";
import { byteLength } from "../../tensor/element_types.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import { type Recomputed, type Segments, segmentsOf } from "./segments.ts";

/** What a step is expected to take, and what it does for that. */
export interface StepMemory {
  /** Bytes at the peak: weights, state and what is computed. */
  bytes: number;
  /** Bytes at the peak where nothing is computed again. */
  whole: number;
  /** About the arithmetic that is done twice, as a part of the forward pass's. */
  again: number;
}

/** A training step, as far as its memory goes. */
interface Measurable {
  model: Model;
  state: Tensors;
  inputs: readonly string[];
  targets: Record<string, string>;
  outputShape: Shape;
}

/** A step, and the nodes of its forward pass. */
export interface Built<Step> {
  /** The step. */
  step: Step;
  /** Nodes up to the loss. */
  forward: readonly Node[];
}

/** Builds the step, with some values of the forward pass computed again on the way back. */
export type Build<Step> = (again: (value: Value) => boolean) => Built<Step>;

/** Numbers of segments that are tried. */
const SEGMENTS = [2, 4, 8, 16, 32];

/**
 * The bytes that a step takes at its peak, about: what is computed, as {@linkcode peakMemory} has it, the
 * next state too, and the state twice, that which is read and a copy of the next one, in which it leaves the
 * engine. What operators and engine take for themselves, the batch and the program are not in it.
 */
export function stepBytes(step: Measurable, shapes: InputShapes): number {
  return bytesOfState(step.state) + peakMemory(shapedStep(step, shapes));
}

/** The graph of a step with all shapes, where the targets are of as many examples as the main output. */
function shapedStep(step: Measurable, { inputShapes = {} }: InputShapes): Graph {
  const model = nameOutputs(step.model);
  const batch = examplesOf(step, model.graph, inputShapes);
  const open = Object.values(step.targets).flatMap((name): [string, Shape][] => {
    const shape = model.graph.values.get(name)?.shape;
    return typeof batch === "number" && typeof shape?.[0] === "string"
      ? [[name, [batch, ...shape.slice(1)]]]
      : [];
  });
  return inferShapes(model, { inputShapes: { ...inputShapes, ...Object.fromEntries(open) } }).graph;
}

/**
 * How many examples the main output is of, which inputs may count along another axis than their first, such
 * as texts of [length, examples, features].
 */
function examplesOf(
  { inputs, outputShape: [examples] }: Measurable,
  { values }: Graph,
  given: Readonly<Record<string, Shape>>,
): Dim | undefined {
  if (typeof examples === "number") return examples;
  const shapes = inputs.map((name) => {
    const declared = values.get(name)?.shape;
    return { declared, shape: own(given, name) ?? declared };
  });
  const counting = shapes.find(({ declared }) => examples !== undefined && declared?.includes(examples));
  return counting ? counting.shape?.[counting.declared!.indexOf(examples!)] : shapes[0]?.shape?.[0];
}

/** Bytes of a state, read and copied. */
function bytesOfState(state: Tensors): number {
  return 2 * Object.values(state).reduce((sum, { type, dims }) => sum + byteLength(type, sizeOf(dims)), 0);
}

/**
 * A step that is expected to take no more memory than given: nothing is computed again where that is enough,
 * and otherwise what costs least of all that fits.
 *
 * @throws RangeError saying the least that is possible where nothing fits
 */
export function withinMemory<Step extends Measurable>(
  build: Build<Step>,
  bytes: number,
  shapes: InputShapes,
): Step & { memory: StepMemory } {
  if (!(bytes > 0)) throw new RangeError(`Cannot train within a memory of ${bytes}: expected bytes, above 0`);
  const plain = build(() => false);
  const whole = stepBytes(plain.step, shapes);
  if (whole <= bytes) return { ...plain.step, memory: { bytes: whole, whole, again: 0 } };
  const segments = segmentsOf(plain.forward, shapedStep(plain.step, shapes));
  const tried = allOf(segments).map((recomputed) => attempt(build, segments, recomputed, shapes));
  const fitting = tried.filter((one) => one.bytes <= bytes).sort((a, b) => a.cost - b.cost);
  if (fitting.length === 0) {
    throw tooLittle(plain.step, { bytes, whole, least: Math.min(whole, ...tried.map((one) => one.bytes)) });
  }
  const found = fitting.slice(0, 2).map((one) => shortened(build, segments, one, { bytes, shapes }));
  const best = found.reduce((a, b) => b.cost < a.cost ? b : a);
  return { ...best.step, memory: { bytes: best.bytes, whole, again: best.cost } };
}

/** A step that computes something again. */
interface Attempt<Step> {
  recomputed: Recomputed;
  step: Step;
  bytes: number;
  cost: number;
}

function attempt<Step extends Measurable>(
  build: Build<Step>,
  segments: Segments,
  recomputed: Recomputed,
  shapes: InputShapes,
): Attempt<Step> {
  const values = segments.values(recomputed);
  const { step } = build((value) => values.has(value));
  return { recomputed, step, bytes: stepBytes(step, shapes), cost: segments.cost(recomputed) };
}

/** All segments computed again, for each number of them. */
function allOf(segments: Segments): Recomputed[] {
  const counts = new Map(SEGMENTS.map((number) => [segments.count(number), number]));
  counts.delete(0);
  return [...counts].flatMap(([first, number]) =>
    [true, false].map((cheap) => ({ segments: number, first, cheap }))
  );
}

/** The attempt with as few of its segments computed again as still fit, by halving. */
function shortened<Step extends Measurable>(
  build: Build<Step>,
  segments: Segments,
  fitting: Attempt<Step>,
  { bytes, shapes }: { bytes: number; shapes: InputShapes },
): Attempt<Step> {
  let [tooFew, best] = [0, fitting];
  while (best.recomputed.first - tooFew > 1) {
    const first = Math.floor((tooFew + best.recomputed.first) / 2);
    const one = attempt(build, segments, { ...fitting.recomputed, first }, shapes);
    if (one.bytes <= bytes) best = one;
    else tooFew = first;
  }
  return best;
}

function tooLittle(
  { state }: Measurable,
  { bytes, whole, least }: { bytes: number; whole: number; least: number },
): RangeError {
  return new RangeError(
    `Cannot train within ${megabytes(bytes)}: the least is about ${megabytes(least)}, and ` +
      `${megabytes(whole)} where nothing is computed again, of which ${
        megabytes(bytesOfState(state))
      } are weights and ` +
      `the optimizer's state, read and copied; give more memory, take smaller batches with accumulate, or an ` +
      `optimizer with less state`,
  );
}

/** Bytes in words. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;
}
