import { omitNames, type OptionNames, pickOptions, requireWords } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import { float32, Tensor } from "../tensor/tensor.ts";
import { elements, floats } from "../tensor/arrays.ts";
import type { Batch } from "../train/batches.ts";
import { binaryCrossEntropy } from "../train/losses.ts";
import { adam, sgd } from "../train/optimizers.ts";
import { trainingStep } from "../train/training_step.ts";
import {
  CTR_MODEL_OPTIONS,
  ctrModel,
  type CtrModelOptions,
  FIRST_ORDER,
  FIRST_ORDER_FED,
  VECTORS,
} from "./ctr_model.ts";
import { type DistinctRows, distinctRows } from "./distinct_rows.ts";
import type { Interaction } from "./interactions/interaction.ts";
import type { RowAdamOptions } from "./row_adam.ts";
import { type RowTable, rowTable } from "./row_table.ts";
import { TABLE } from "./tables/table.ts";

/** Settings of a model whose tables are plain: only such ones can lie outside of the graph. */
export type PlainModelOptions = Omit<CtrModelOptions, "table" | "fed">;

/** Names of {@linkcode PlainModelOptions}. */
export const PLAIN_MODEL_OPTIONS: OptionNames<PlainModelOptions> = omitNames(
  CTR_MODEL_OPTIONS,
  "table",
  "fed",
);

/** Settings of {@linkcode rowStep}. */
export interface RowStepOptions extends PlainModelOptions {
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

/** A table that is taken out of the graph. */
interface Outside {
  name: string;
  input: string;
  features: number;
  dims: readonly number[];
  table: RowTable;
}

/** Makes the step in which a model learns as its graph does, and its tables row by row. */
export async function rowStep(interaction: Interaction, options: RowStepOptions): Promise<RowStep> {
  const { fields, optimizer = "adam", weightDecay, runtime } = options;
  requireWords("train rows", { optimizer }, { optimizer: { adam: true, sgd: true } });
  const own = pickOptions<PlainModelOptions>(options, PLAIN_MODEL_OPTIONS);
  const { whole, tables } = takeOutside(ctrModel(interaction, own), options);
  const inputs = tables.map(({ input }) => input);
  const made = trainingStep(ctrModel(interaction, { ...own, fed: true }), {
    loss: binaryCrossEntropy(),
    optimizer: optimizer === "adam" ? adam({ weightDecay }) : sgd({ momentum: 0, nesterov: false }),
    inputGradients: inputs,
  });
  const distinct = distinctRows(fields);
  const session: Session = await runtime.session(made.model, { carry: made.carry });
  await session.setState(made.state);
  const weights = async () => made.weights(await session.state());
  return {
    async step({ inputs: { ids }, targets }, index, rate) {
      const found = distinct(elements(ids!, "int32"));
      const feeds = fedTensors(tables, found, ids!);
      const places = Object.fromEntries(
        tables.map(({ input, table }) => [
          made.inputGradients[input]!,
          new Tensor("float32", table.place(found), feeds[input]!.dims),
        ]),
      );
      const outputs = await session.run(
        { ...feeds, [made.targets.expected!]: targets.expected!, ...made.scalarFeeds(index, rate) },
        places,
      );
      for (const { input, table } of tables) {
        table.learn(found, floats(outputs[made.inputGradients[input]!]!), rate);
      }
      return Number(outputs[made.loss]!.data[0]);
    },
    fed: async () => made.withWeights(await weights()),
    feeds: (ids) => fedTensors(tables, distinct(elements(ids, "int32")), ids),
    async whole() {
      const initializers = new Map(whole.graph.initializers);
      for (const [name, tensor] of Object.entries(await weights())) initializers.set(name, tensor);
      for (const { name, table, dims } of tables) initializers.set(name, float32(table.whole(), dims));
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
      const given = initializers.get(name) as Tensor;
      initializers.set(name, float32([], [0]));
      const adam = { ...rows, weightDecay };
      const table = rowTable(floats(given), { features, optimizer, adam, allocate });
      return { name, input, features, dims: given.dims, table };
    });
  return { whole: model.withGraph({ ...model.graph, initializers }), tables };
}

/** Rows as they are now, look-up by look-up. */
function fedTensors(tables: readonly Outside[], found: DistinctRows, ids: Tensor): Tensors {
  const [count, fields] = ids.dims as [number, number];
  const feeds: Tensors = { ids };
  for (const { input, features, table } of tables) {
    const shape = input === VECTORS ? [count, fields, features] : [count, fields];
    // Not a copy.
    feeds[input] = new Tensor("float32", table.look(found), shape);
  }
  return feeds;
}
