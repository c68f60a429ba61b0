import type { Model } from "../onnx/model.ts";
import type { Session, Tensors } from "../runtime/runtime.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { toBatches } from "../train/batches.ts";
import { binaryCrossEntropy } from "../train/losses.ts";
import { adam } from "../train/optimizers.ts";
import { trainingStep } from "../train/training_step.ts";
import { type ClickLog, type Clicks, idsTensor, offsetsOf, toClickExamples } from "./clicks.ts";
import { ctrModel, type CtrModelOptions, FIRST_ORDER, FIRST_ORDER_FED, VECTORS } from "./ctr_model.ts";
import type { Interaction } from "./interactions/interaction.ts";
import { scoreLogits } from "./predict.ts";
import { newRowState, type RowAdam, rowAdam, type RowAdamOptions } from "./row_adam.ts";
import { TABLE } from "./tables/table.ts";
import type { TrainingSettings, Workplace } from "./train_ctr.ts";

/** Settings of {@linkcode trainRows}. */
export interface TrainRowsOptions extends TrainingSettings, Omit<Workplace, "folder">, CtrModelOptions {
  /** How rows catch up; see {@linkcode RowAdamOptions}. */
  rows?: Pick<RowAdamOptions, "collapsed" | "replay">;
}

/** A table beside the graph, and its optimizer. */
interface Outside {
  input: string;
  features: number;
  values: Float32Array;
  adam: RowAdam;
}

/** Rows of a batch: each once, and where each look-up finds its own. */
interface Distinct {
  rows: number[];
  places: Int32Array;
}

/**
 * Trains a model of click-through rates whose tables lie outside of the graph: a step costs what the rows of
 * its batch cost, however many there are, and comes to what {@linkcode trainCtr} comes to, which passes over
 * the whole table. Runs are not kept in files: what is stopped begins anew.
 */
export async function trainRows(
  interaction: Interaction,
  log: Pick<ClickLog, "train" | "validation">,
  options: TrainRowsOptions,
): Promise<{ model: Model; auc: number; history: { epoch: number; loss: number; score: number }[] }> {
  const { fields, features, weightDecay, rate, epochs, patience, batchSize, seed = 0, runtime } = options;
  const whole = ctrModel(interaction, options);
  const fed = ctrModel(interaction, { ...options, fed: true });
  const tables = outsideTables(whole, { features, weightDecay, ...options.rows });
  const inputs = tables.map(({ input }) => input);
  const step = trainingStep(fed, {
    loss: binaryCrossEntropy(),
    optimizer: adam({ weightDecay }),
    inputGradients: inputs,
  });
  const offsets = offsetsOf(fields);
  const { train } = log;
  const batches = "ids" in train
    ? toBatches(toClickExamples(train), { batchSize, input: "ids", target: "expected", shuffleSeed: seed })
    : train.batches({ batchSize, seed });
  const session = await runtime.session(step.model, { carry: step.carry });
  const history: { epoch: number; loss: number; score: number }[] = [];
  let best: { model: Model; auc: number; epoch: number } | undefined;
  try {
    await session.setState(step.state);
    for (let epoch = 0; epoch < epochs && epoch - (best?.epoch ?? epoch) <= patience; epoch++) {
      let loss = 0;
      for (let place = 0; place < batches.stepsPerEpoch; place++) {
        const { inputs: { ids }, targets } = await batches.batch(epoch, place);
        const distinct = distinctRows(ids!.data as Int32Array, offsets);
        const outputs = await session.run({
          ...fedTensors(tables, distinct, ids!),
          [step.targets.expected!]: targets.expected!,
          ...step.scalarFeeds(epoch * batches.stepsPerEpoch + place, rate),
        });
        loss += Number(outputs[step.loss]!.data[0]) / batches.stepsPerEpoch;
        for (const { input, features: width, adam } of tables) {
          const gradient = outputs[step.inputGradients[input]!]!.data as Float32Array;
          adam.update(distinct.rows, addUp(gradient, distinct, width), rate);
        }
      }
      const weights = step.weights(await session.state());
      const score = await scoreFed(step.withWeights(weights), log.validation, { tables, offsets, runtime });
      history.push({ epoch: epoch + 1, loss, score });
      if (best && score <= best.auc) continue;
      best = { model: withTables(whole, weights, tables), auc: score, epoch };
    }
  } finally {
    await session.release();
  }
  if (!best) throw new RangeError(`Cannot train for ${epochs} epochs: expected a whole number from 1`);
  return { model: best.model, auc: best.auc, history };
}

/** The tables of a model, taken out of it. */
function outsideTables({ graph }: Model, options: RowAdamOptions): Outside[] {
  return ([[TABLE, VECTORS, options.features], [FIRST_ORDER, FIRST_ORDER_FED, 1]] as const)
    .filter(([name]) => graph.initializers.has(name))
    .map(([name, input, features]) => {
      const values = ((graph.initializers.get(name) as Tensor).data as Float32Array).slice();
      const adam = rowAdam(newRowState(values, features), { ...options, features });
      return { input, features, values, adam };
    });
}

/** Each row of a batch once, in the order in which rows first come. */
function distinctRows(ids: Int32Array, offsets: readonly number[]): Distinct {
  const places = new Int32Array(ids.length);
  const known = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) {
    const row = ids[i]! + offsets[i % offsets.length]!;
    let place = known.get(row);
    if (place === undefined) known.set(row, place = known.size);
    places[i] = place;
  }
  return { rows: [...known.keys()], places };
}

/** Rows as they are now, look-up by look-up. */
function fedTensors(tables: readonly Outside[], { rows, places }: Distinct, ids: Tensor): Tensors {
  const [count, fields] = ids.dims as [number, number];
  const feeds: Tensors = { ids };
  for (const { input, features, values, adam } of tables) {
    adam.settle(rows);
    const looked = new Float32Array(places.length * features);
    for (let i = 0; i < places.length; i++) {
      const start = rows[places[i]!]! * features;
      for (let j = 0; j < features; j++) looked[i * features + j] = values[start + j]!;
    }
    feeds[input] = float32(looked, input === VECTORS ? [count, fields, features] : [count, fields]);
  }
  return feeds;
}

/** Gradients of look-ups, added up by row. */
function addUp(gradient: Float32Array, { rows, places }: Distinct, features: number): Float32Array {
  const sums = new Float32Array(rows.length * features);
  for (let i = 0; i < places.length; i++) {
    const start = places[i]! * features;
    for (let j = 0; j < features; j++) sums[start + j]! += gradient[i * features + j]!;
  }
  return sums;
}

/** Rows that are judged in one run. */
const ROWS_AT_ONCE = 8192;

async function scoreFed(
  model: Model,
  { fields, ids, labels }: Clicks,
  { tables, offsets, runtime }: Pick<Workplace, "runtime"> & {
    tables: readonly Outside[];
    offsets: readonly number[];
  },
): Promise<number> {
  const session: Session = await runtime.session(model);
  const logits = new Float32Array(labels.length);
  try {
    for (let row = 0; row < labels.length; row += ROWS_AT_ONCE) {
      const part = ids.subarray(row * fields.length, (row + ROWS_AT_ONCE) * fields.length);
      const feeds = fedTensors(tables, distinctRows(part, offsets), idsTensor(fields, part));
      logits.set((await session.run(feeds)).logit!.data as Float32Array, row);
    }
  } finally {
    await session.release();
  }
  return scoreLogits(logits, labels).auc;
}

/** The whole model with its tables in it again, all rows up to date. */
function withTables(whole: Model, weights: Tensors, tables: readonly Outside[]): Model {
  const initializers = new Map(whole.graph.initializers);
  for (const [name, tensor] of Object.entries(weights)) initializers.set(name, tensor);
  for (const { input, features, values, adam } of tables) {
    adam.settle(Array.from({ length: values.length / features }, (_, row) => row));
    const name = input === VECTORS ? TABLE : FIRST_ORDER;
    initializers.set(name, float32(values.slice(), initializers.get(name)!.dims));
  }
  return whole.withGraph({ ...whole.graph, initializers });
}
