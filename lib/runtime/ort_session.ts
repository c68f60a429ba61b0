import type { Queue } from "../queue.ts";
import { Error, TypeError } from "../errors.ts";
import { printable, quoted } from "../printable.ts";
import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import { bufferOf, claim } from "../../kernels/webgpu/core/tensors.ts";
import type { InferenceSession } from "../deps.ts";
import { byteLength, storage } from "../tensor/element_types.ts";
import { Model } from "../onnx/model.ts";
import { composeOperators } from "../onnx/passes/compose_operators.ts";
import { nameOutputs } from "../onnx/passes/named_outputs.ts";
import { lowerStraightThrough } from "../onnx/straight_through.ts";
import { sizeOf, Tensor, tensorOf } from "../tensor/tensor.ts";
import { arrayOf } from "../tensor/arrays.ts";
import { freeTensor } from "../tensor/free_tensor.ts";
import { checkFeeds, type InputInfo } from "./feeds.ts";
import { letOthersIn } from "./let_others_in.ts";
import type { Session, SessionOptions, Tensors } from "./runtime.ts";
import { sharedStep, stepOptions } from "./step_sessions.ts";
import { emptyRecord, own } from "../own.ts";

/** Exports that the packages onnxruntime-node and onnxruntime-web have in common. */
export interface Ort {
  /** The class of sessions, which reads a model's bytes. */
  InferenceSession: {
    create(model: Uint8Array | string, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  /** The package's own class of tensors, the only ones that it takes as places of outputs. */
  Tensor: typeof Tensor;
}

/** How one engine runs sessions. */
export interface Engine {
  /** The package that runs sessions. */
  ort: Ort;
  /** Options of each session that the engine opens. */
  options: InferenceSession.SessionOptions;
  /** Where carried tensors are kept, and outputs that stay. */
  carryAt: "cpu" | "gpu-buffer";
  /** Rewrites a model in operators that are faster on this engine. Default: none. */
  prepare?: (model: Model) => Model;
  /** Whether it writes outputs to where it is told. */
  takesPlaces?: boolean;
  /** Whether float16 numbers have to be given to it as their bits: it looks for room for others in vain. */
  takesHalvesAsBits?: boolean;
  /** The GPU on which they are kept, where they are on one. */
  gpu?: Gpu;
  /** Runs tasks one after another: the WebAssembly module takes one at a time. */
  queue: Queue;
}

/** Graphs of more nodes are large: those of meta-training, mostly. */
const LARGE = 10_000;

/**
 * How a large graph is run. To optimise it takes time that grows with the square of its nodes, minutes for a
 * meta-step of ResNet-56 (120,000 nodes), and makes it no faster.
 */
const FOR_LARGE = { graphOptimizationLevel: "disabled", enableMemPattern: false } as const;

/**
 * How a graph that carries state, such as a training step, and one whose shapes differ from run to run are
 * run: memory that is planned ahead would lie beside what earlier runs had asked for piece by piece, and take
 * as much again.
 */
const NOT_PLANNED = { enableMemPattern: false } as const;

/** A model in operators that the engine has, and is fast in. */
function prepare(engine: Engine, model: Model, isStep: boolean): Model {
  const lowered = nameOutputs(composeOperators(lowerStraightThrough(model)));
  const whole = isStep ? sharedStep(lowered) : lowered;
  return engine.prepare?.(whole) ?? whole;
}

/** Options of the session, for engines on the CPU. */
function optionsFor(
  prepared: Model | undefined,
  { isStep, dynamicShapes }: { isStep: boolean; dynamicShapes: boolean },
): InferenceSession.SessionOptions {
  if (prepared && prepared.graph.nodes.length > LARGE) return FOR_LARGE;
  if (prepared && isStep) return { ...NOT_PLANNED, ...stepOptions(prepared) };
  return isStep || dynamicShapes ? NOT_PLANNED : {};
}

/** Loads a model into an engine. */
export async function ortSession(
  engine: Engine,
  model: Model | Uint8Array | string,
  { carry = {}, stay = [], dynamicShapes = false }: SessionOptions = {},
): Promise<Session> {
  const { queue, carryAt } = engine;
  const isStep = Object.keys(carry).length > 0;
  const prepared = model instanceof Model ? prepare(engine, model, isStep) : undefined;
  const given = model instanceof Model ? prepared!.toOnnx() : model;
  const special = carryAt === "cpu" ? optionsFor(prepared, { isStep, dynamicShapes }) : {};
  const extra = { ...engine.options.extra, ...special.extra };
  const settings = { ...engine, options: { ...engine.options, ...special, extra } };
  const session = await queue(() => create(settings, given, [...Object.values(carry), ...stay]));
  const inputs = session.inputMetadata as unknown as InputInfo[];
  const strange = notTensors(session.outputMetadata);
  try {
    requireTensors(session);
    requireCarry(carry, session);
    requireStay(stay, session, carry);
  } catch (error) {
    await queue(() => session.release());
    throw error;
  }
  const carried = Object.keys(carry);
  const computed = session.outputNames.filter((name) => !strange.includes(name));
  const returned = computed.filter((name) => !Object.values(carry).includes(name));
  let state: Tensors = emptyRecord();
  /** Carried tensors that somebody else holds too: they were set by the caller, or given to one. */
  let shared = new Set<string>();
  let released = false;
  let failed = false;

  return {
    run: (feeds, places) => queue(() => run(feeds, places)),
    state: () => queue(read),
    takeState: () => queue(take),
    carried: live,
    setState,
    release,
  };

  async function run(feeds: Tensors, places: Tensors = {}): Promise<Tensors> {
    await letOthersIn();
    requireOpen();
    if (failed) {
      throw new TypeError("Cannot run again after a run that failed on WebGPU: open another session");
    }
    checkFeeds(feeds, inputs, carried);
    for (const name of carried) {
      if (!own(state, name)) {
        throw new TypeError(`Cannot run: carried input ${quoted(name)} was never set; call setState first`);
      }
    }
    const given = { ...feeds, ...state };
    const fed = engine.takesHalvesAsBits ? halvesAsBits(given) : given;
    const asked = engine.takesPlaces ? fetches(computed, places, engine.ort) : computed;
    const outputs = await session.run(fed, asked, QUIET).catch((error) => {
      // A session on WebGPU whose run failed never comes back from the next one.
      failed = carryAt === "gpu-buffer";
      return explain("run")(error);
    }) as unknown as Tensors;
    const [before, held] = [state, shared];
    state = Object.fromEntries(carried.map((name) => [name, outputs[carry[name]!]!]));
    shared = new Set();
    dispose(before);
    if (carryAt === "cpu") { for (const name of carried) if (!held.has(name)) freeTensor(before[name]!); }
    if (engine.gpu) { for (const name of stay) claim(engine.gpu, outputs[name]!); }
    const placed = engine.takesPlaces ? places : {};
    const results = Object.fromEntries(returned.map((name) => {
      const [place, given] = [own(placed, name), outputs[name]!];
      // The package fills the place, and returns a copy all the same.
      if (place && arrayOf(place).buffer !== arrayOf(given).buffer) freeTensor(given);
      return [name, place ?? common(given)];
    }));
    for (const name of strange) Object.defineProperty(results, name, { get: () => refuseOutput(name) });
    return results;
  }

  async function read(): Promise<Tensors> {
    requireOpen();
    requireSet();
    shared = new Set(carried);
    return Object.fromEntries(
      await Promise.all(carried.map(async (name) => [name, await onCpu(state[name]!, engine.gpu)] as const)),
    );
  }

  async function take(): Promise<Tensors> {
    const taken = await read();
    forget();
    return taken;
  }

  function forget(): void {
    dispose(state);
    state = emptyRecord();
    shared = new Set();
  }

  function live(): Tensors {
    requireOpen();
    requireSet();
    for (const name of shared) if (state[name]!.location === "cpu") state[name] = copyOf(state[name]!);
    shared = new Set();
    // So that kernels know where they lie.
    if (engine.gpu) { for (const tensor of Object.values(state)) claim(engine.gpu, tensor); }
    return { ...state };
  }

  function requireSet(): void {
    const missing = carried.find((name) => !own(state, name));
    if (missing === undefined) return;
    throw new TypeError(`Cannot read the state: ${quoted(missing)} was never set; call setState first`);
  }

  function setState(next: Tensors): Promise<void> {
    return queue(() => {
      requireOpen();
      const expected = inputs.filter(({ name }) => Object.hasOwn(next, name));
      for (const name of Object.keys(next)) {
        if (!carried.includes(name)) {
          throw new TypeError(
            `Cannot set ${quoted(name)}: the session carries ${
              carried.map((n) => `${quoted(n)}`).join(", ") || "nothing"
            }`,
          );
        }
      }
      checkFeeds(next, expected);
      dispose(
        Object.fromEntries(
          Object.keys(next).filter((name) => own(state, name)).map((name) => [name, state[name]!]),
        ),
      );
      state = { ...state, ...next };
      for (const name of Object.keys(next)) shared.add(name);
      return Promise.resolve();
    });
  }

  function release(): Promise<void> {
    return queue(async () => {
      if (released) return;
      released = true;
      forget();
      await session.release();
    });
  }

  function requireOpen(): void {
    if (released) throw new TypeError("Cannot use a session that was released: open another one");
  }
}

/** Errors are thrown: printed too, they would stand in red before the sentence that tells of them. */
const QUIET = { logSeverityLevel: 4 } as const;

async function create(
  engine: Engine,
  model: Uint8Array | string,
  staying: readonly string[],
): Promise<InferenceSession> {
  const { ort, options, carryAt } = engine;
  // Where all lies on the CPU, the engine may choose.
  const staysAt = carryAt === "cpu" ? [] : staying;
  const preferredOutputLocation = Object.fromEntries(staysAt.map((name) => [name, carryAt]));
  const settings = { ...QUIET, ...options, preferredOutputLocation };
  // Two overloads, of which neither takes both.
  const open = (settings: InferenceSession.SessionOptions) =>
    typeof model === "string"
      ? ort.InferenceSession.create(model, settings)
      : ort.InferenceSession.create(model, settings);
  return await open(settings).catch((error) => {
    // What makes sums of bytes exact leaves products of signed bytes without a kernel on some processors.
    const { session, ...extra } = { ...settings.extra };
    if (!session || !/find kernel/i.test(`${error}`)) throw error;
    return open({ ...settings, extra });
  }).catch(explain("load"));
}

/** What ONNX Runtime says, and what helps. */
const WAYS_OUT: readonly (readonly [said: RegExp, wayOut: string])[] = [
  [
    /not a registered function\/op/,
    "; the engine lacks this operator: say what it is composed of, by registerOperator({ …, composedOf }), or let " +
    "the file define it as a function",
  ],
  [
    /out of data bounds/i,
    "; a number that is fed looks up a row that its table does not have: tokens are below the vocabulary's size, and " +
    "texts have no more of them than the model has positions",
  ],
  [
    /(Non-zero status|OrtRun)[^]*(broadcast|needs to be same)/i,
    "; sizes of what is fed do not fit together, or not the model: inputs of texts are of one length, of no more " +
    "tokens than the model has positions",
  ],
  [/bad_alloc|allocate|out of memory/i, "; memory ran out: take a smaller batch, or another engine"],
  [
    /device[ _](is |was |has been )?lost|lost (its |the )?device/i,
    "; the GPU's device was lost, as when its driver begins anew: open the runtime again, or take another engine",
  ],
];

/** Throws what ONNX Runtime said, with the action that failed and, where there is one, the way out. */
function explain(action: string): (error: unknown) => never {
  return (error) => {
    const message = printable(error instanceof Error ? error.message : String(error));
    const wayOut = WAYS_OUT.find(([said]) => said.test(message))?.[1] ?? "";
    throw new Error(`Cannot ${action} the model: ${message.trim()}${wayOut}`, { cause: error });
  };
}

/** Names of sequences, maps and optional values: the engines' bindings give and take tensors. */
function notTensors(ports: InferenceSession["outputMetadata"]): string[] {
  return ports.filter(({ isTensor }) => !isTensor).map(({ name }) => name);
}

/** Throws for an output that a run leaves out: a caller who never asks for it gets the others. */
function refuseOutput(name: string): never {
  throw new TypeError(
    `Cannot give output ${
      quoted(name)
    }: it is a sequence, a map or an optional value, and runs give tensors ` +
      `alone; read the model's other outputs, or make the tensor that it is made of an output, as in ` +
      `model.withGraph({ ...model.graph, outputs: […] })`,
  );
}

function requireTensors({ inputMetadata, outputMetadata }: InferenceSession): void {
  const [input] = notTensors(inputMetadata);
  if (input !== undefined) {
    throw new TypeError(
      `Cannot load the model: its input ${
        quoted(input)
      } is a sequence, a map or an optional value, and runs take ` +
        `tensors alone; take a model whose inputs are tensors`,
    );
  }
  const strange = notTensors(outputMetadata);
  if (strange.length === 0 || strange.length < outputMetadata.length) return;
  refuseOutput(strange[0]!);
}

function requireCarry(carry: Record<string, string>, session: InferenceSession): void {
  const strange = notTensors(session.outputMetadata);
  const inputOf = new Map<string, string>();
  for (const [input, output] of Object.entries(carry)) {
    if (strange.includes(output)) refuseOutput(output);
    // Each carried tensor is written to and freed by itself.
    const other = inputOf.get(output);
    if (other !== undefined) {
      throw new TypeError(
        `Cannot carry output ${quoted(output)} to input ${quoted(input)}: it is carried to ${
          quoted(other)
        } already; ` +
          `give each input an output of its own, as g.output(g.identity(…)) makes one`,
      );
    }
    inputOf.set(output, input);
    if (!session.inputNames.includes(input) || !session.outputNames.includes(output)) {
      throw new TypeError(
        `Cannot carry output ${quoted(output)} to input ${quoted(input)}: the model has inputs ${
          session.inputNames.map(quoted).join(", ")
        } ` +
          `and outputs ${session.outputNames.map(quoted).join(", ")}`,
      );
    }
  }
}

function requireStay(
  stay: readonly string[],
  { outputNames, outputMetadata }: InferenceSession,
  carry: Record<string, string>,
): void {
  const [strange] = notTensors(outputMetadata).filter((name) => stay.includes(name));
  if (strange !== undefined) refuseOutput(strange);
  const returned = outputNames.filter((name) => !Object.values(carry).includes(name));
  const unknown = stay.find((name) => !returned.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot let output ${quoted(unknown)} stay: the model returns ${
      returned.map(quoted).join(", ") || "nothing"
    }`,
  );
}

/** A package's tensor as the class that the rest of Espalier knows: the packages bring copies of it. */
function common(tensor: Tensor): Tensor {
  if (tensor instanceof Tensor || tensor.location !== "cpu") return tensor;
  return tensorOf(tensor.type, tensor.data, tensor.dims);
}

/** Outputs with their places, or null where the engine makes one. (What it returns are copies of them.) */
function fetches(names: readonly string[], places: Tensors, ort: Ort): Record<string, Tensor | null> {
  return Object.fromEntries(names.map((name) => {
    const place = own(places, name);
    return [name, place ? new ort.Tensor(place.type, place.data, place.dims) as Tensor : null];
  }));
}

/** Tensors of which those of float16 show the bits of their numbers. */
function halvesAsBits(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const data: unknown = tensor.data;
      if (tensor.type !== "float16" || data instanceof Uint16Array) return [name, tensor];
      const { buffer, byteOffset, length } = arrayOf(tensor);
      const bits = new Tensor("uint16", new Uint16Array(buffer, byteOffset, length), tensor.dims);
      return [name, Object.defineProperty(bits, "type", { value: "float16" }) as unknown as Tensor];
    }),
  );
}

function copyOf({ type, data, dims }: Tensor): Tensor {
  return tensorOf(type, data.slice(), dims);
}

/** A copy on the CPU. The tensor's own `getData` would move the tensor itself there. */
async function onCpu(tensor: Tensor, gpu: Gpu | undefined): Promise<Tensor> {
  if (tensor.location === "cpu") return common(tensor);
  const { type, dims } = tensor;
  const count = sizeOf(dims);
  const bytes = await gpu!.read(bufferOf(tensor), byteLength(type, count));
  return tensorOf(type, new storage[type].array!(bytes, 0, count), dims);
}

/** Gives GPU memory back; what lies on the CPU is the garbage collector's. */
function dispose(tensors: Tensors): void {
  for (const tensor of Object.values(tensors)) if (tensor.location === "gpu-buffer") tensor.dispose();
}
