import { pickOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { elements, floats } from "../tensor/arrays.ts";
import type { Batch } from "../train/batches.ts";
import { binaryCrossEntropy } from "../train/losses.ts";
import { adam, sgd } from "../train/optimizers.ts";
import { trainingStep } from "../train/training_step.ts";
import { countRows, offsetsOf } from "./clicks.ts";
import {
  CTR_MODEL_OPTIONS,
  ctrModel,
  type CtrModelOptions,
  FIRST_ORDER,
  FIRST_ORDER_FED,
  VECTORS,
} from "./ctr_model.ts";
import type { Interaction } from "./interactions/interaction.ts";
import { newRowState, rowAdam, type RowAdamOptions, type RowOptimizer } from "./row_adam.ts";
import { rowSgd } from "./row_sgd.ts";
import { TABLE } from "./tables/table.ts";

/** Settings of {@linkcode rowStep}. */
export interface RowStepOptions extends CtrModelOptions {
  /** The engine. */
  runtime: Runtime;
  /** L2, added to every gradient before Adam's moments. */
  weightDecay: number;
  /** Adam, or plain gradient descent without L2. Default `adam`. */
  optimizer?: "adam" | "sgd" | undefined;
  /** How rows catch up; see {@linkcode RowAdamOptions}. */
  rows?: Pick<RowAdamOptions, "collapsed" | "replay"> | undefined;
  /** Place for tables and moments, of so many bytes, such as a file mapped into memory. Default: memory. */
  allocate?: ((bytes: number) => ArrayBuffer) | undefined;
}

/** A model that is trained while its tables lie outside of the graph. */
export interface RowStep {
  /** Trains on a batch: its loss. */
  step(batch: Batch, index: number, rate: number): Promise<number>;
  /** The model that is fed vectors, as it is now. */
  fed(): Promise<Model>;
  /** Feeds of the step for rows of ids. */
  feeds(ids: Tensor): Tensors;
  /** The whole model with its tables in it again, all rows up to date. */
  whole(): Promise<Model>;
  /** Frees the session. */
  release(): Promise<void>;
}

/** A table beside the graph, and its optimizer. */
interface Outside {
  name: string;
  input: string;
  features: number;
  dims: readonly number[];
  values: Float32Array;
  optimizer: RowOptimizer;
  /** Memory for what is looked up, and for sums of gradients: asked for once, not step by step. */
  looked: Float32Array;
  sums: Float32Array;
}

/** Rows of a batch: each once, and where each look-up finds its own. */
interface Distinct {
  rows: Int32Array;
  places: Int32Array;
}

/** Makes the step in which a model learns as its graph does, and its tables row by row. */
export async function rowStep(interaction: Interaction, options: RowStepOptions): Promise<RowStep> {
  const { fields, optimizer = "adam", weightDecay, runtime } = options;
  const own = pickOptions<CtrModelOptions>(options, CTR_MODEL_OPTIONS);
  const { whole, tables } = takeOutside(ctrModel(interaction, own), options);
  const inputs = tables.map(({ input }) => input);
  const made = trainingStep(ctrModel(interaction, { ...own, fed: true }), {
    loss: binaryCrossEntropy(),
    optimizer: optimizer === "adam" ? adam({ weightDecay }) : sgd({ momentum: 0, nesterov: false }),
    inputGradients: inputs,
  });
  const distinct = distinctRows(countRows(fields), offsetsOf(fields));
  const session: Session = await runtime.session(made.model, { carry: made.carry });
  await session.setState(made.state);
  const weights = async () => made.weights(await session.state());
  return {
    async step({ inputs: { ids }, targets }, index, rate) {
      const found = distinct(elements(ids!, "int32"));
      const outputs = await session.run({
        ...fedTensors(tables, found, ids!),
        [made.targets.expected!]: targets.expected!,
        ...made.scalarFeeds(index, rate),
      });
      for (const table of tables) {
        const gradient = floats(outputs[made.inputGradients[table.input]!]!);
        table.optimizer.update(found.rows, addUp(table, gradient, found), rate);
      }
      return Number(outputs[made.loss]!.data[0]);
    },
    fed: async () => made.withWeights(await weights()),
    feeds: (ids) => fedTensors(tables, distinct(elements(ids, "int32")), ids),
    async whole() {
      const initializers = new Map(whole.graph.initializers);
      for (const [name, tensor] of Object.entries(await weights())) initializers.set(name, tensor);
      const all = Int32Array.from({ length: countRows(fields) }, (_, row) => row);
      for (const { name, values, optimizer, dims } of tables) {
        optimizer.settle(all);
        initializers.set(name, float32(values.slice(), dims));
      }
      return whole.withGraph({ ...whole.graph, initializers });
    },
    release: () => session.release(),
  };
}

/** A model whose tables are empty, and its tables. */
function takeOutside(
  model: Model,
  { features, optimizer = "adam", rows, weightDecay, allocate }: RowStepOptions,
): { whole: Model; tables: Outside[] } {
  const initializers = new Map(model.graph.initializers);
  const tables = ([[TABLE, VECTORS, features], [FIRST_ORDER, FIRST_ORDER_FED, 1]] as const)
    .filter(([name]) => initializers.has(name))
    .map(([name, input, features]): Outside => {
      const table = initializers.get(name) as Tensor;
      const data = floats(table);
      const values = allocate
        ? new Float32Array(allocate(4 * data.length), 0, data.length)
        : new Float32Array(data.length);
      values.set(data);
      initializers.set(name, float32([], [0]));
      const optimizers = {
        adam: () => rowAdam(newRowState(values, features, allocate), { ...rows, weightDecay, features }),
        sgd: () => rowSgd(values, { features }),
      };
      const none = new Float32Array();
      return {
        ...{ name, input, features, dims: table.dims, values, optimizer: optimizers[optimizer]() },
        ...{ looked: none, sums: none },
      };
    });
  return { whole: model.withGraph({ ...model.graph, initializers }), tables };
}

/** Finds each row of a batch once, in the order in which rows first come. */
function distinctRows(count: number, offsets: readonly number[]): (ids: Int32Array) => Distinct {
  /** For each row of the table the batch that it came in last, and its place there. */
  const seen = new Uint32Array(count), placeOf = new Int32Array(count);
  let batch = 0;
  return (ids) => {
    if (++batch === 2 ** 32) {
      seen.fill(0);
      batch = 1;
    }
    const places = new Int32Array(ids.length), rows = new Int32Array(ids.length);
    let known = 0;
    for (let start = 0; start < ids.length; start += offsets.length) {
      for (let f = 0; f < offsets.length; f++) {
        const row = ids[start + f]! + offsets[f]!;
        if (seen[row] !== batch) {
          seen[row] = batch;
          rows[placeOf[row] = known++] = row;
        }
        places[start + f] = placeOf[row]!;
      }
    }
    return { rows: rows.subarray(0, known), places };
  };
}

/** Rows as they are now, look-up by look-up. */
function fedTensors(tables: readonly Outside[], { rows, places }: Distinct, ids: Tensor): Tensors {
  const [count, fields] = ids.dims as [number, number];
  const feeds: Tensors = { ids };
  for (const table of tables) {
    const { input, features, values } = table;
    table.optimizer.settle(rows);
    table.looked = roomFor(places.length * features, table.looked);
    const { looked } = table;
    for (let i = 0, to = 0; i < places.length; i++) {
      const start = rows[places[i]!]! * features;
      for (let j = 0; j < features; j++) looked[to++] = values[start + j]!;
    }
    const shape = input === VECTORS ? [count, fields, features] : [count, fields];
    feeds[input] = float32(looked.subarray(0, places.length * features), shape);
  }
  return feeds;
}

/** Gradients of look-ups, added up by row. */
function addUp(table: Outside, gradient: Float32Array, { rows, places }: Distinct): Float32Array {
  const { features } = table;
  const sums = table.sums = roomFor(rows.length * features, table.sums);
  sums.fill(0, 0, rows.length * features);
  for (let i = 0, from = 0; i < places.length; i++) {
    const start = places[i]! * features;
    for (let j = 0; j < features; j++) sums[start + j]! += gradient[from++]!;
  }
  return sums;
}

/** The memory that there is, where it is enough. */
function roomFor(count: number, memory: Float32Array): Float32Array {
  return memory.length >= count ? memory : new Float32Array(count);
}
