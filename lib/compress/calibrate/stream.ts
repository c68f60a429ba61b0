import { TypeError } from "../../errors.ts";
import { GraphEditor } from "../../onnx/graph_editor.ts";
import type { Model } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import type { Tensor, TensorType } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import { flowOf, partOf, type Stage } from "./stages.ts";

/** Records on their way through a model, stage by stage, with what was computed of each so far. */
export interface Stream {
  /**
   * Opens the part of the model that computes some values of what is there, with the weights as they are now.
   *
   * @param prepare adds to the part, and says what its outputs are
   */
  open(targets: readonly string[], prepare: Prepare): Promise<OpenPart>;
  /** Bytes of what is kept between stages, of all records. */
  bytes(): number;
  /** Computes what stages behind this one need of it, with the weights as they are now. */
  advance(stage: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Adds to a part of a model, and gives the names of outputs that stay where the engine has them. */
export type Prepare = (editor: GraphEditor) => void | readonly string[];

/** A part of a model with an engine. */
export interface OpenPart {
  /** Outputs of the part for a record, and for what else it is fed with. */
  run(record: number, extra?: Tensors): Promise<Tensors>;
  /** Frees it. */
  close(): Promise<void>;
}

/**
 * Begins with records before the first stage.
 *
 * @param weightNow the weight of a layer as it is now, of what it was at first
 */
export function streamThrough(
  { graph, info }: Model,
  stages: readonly Stage[],
  records: readonly Tensors[],
  { weightNow, runtime }: { weightNow: (name: string, before: Tensor) => Tensor; runtime: Runtime },
): Stream {
  const flow = flowOf(graph, stages);
  const isLayer = new Set(stages.flatMap(({ layers }) => layers.map(({ weight }) => weight)));
  let kept = records.map((): Tensors => ({}));

  async function open(targets: readonly string[], prepare: Prepare): Promise<OpenPart> {
    const given = new Map(
      Object.entries(kept[0]!).map(([name, { type }]): [string, TensorType] => [name, type]),
    );
    const part = partOf(graph, targets, given);
    const initializers = new Map(
      [...part.initializers].map(([name, tensor]) =>
        [name, isLayer.has(name) ? weightNow(name, tensor as Tensor) : tensor] as const
      ),
    );
    const editor = new GraphEditor({ ...part, initializers }, { ...info.opsets });
    const stay = prepare(editor) ?? [];
    const session = await runtime.session(editor.model(), { stay });
    const fed = fedInputs(editor.graph());
    return {
      close: () => session.release(),
      run(record, extra = {}) {
        const all = { ...records[record], ...kept[record], ...extra };
        return session.run(Object.fromEntries(fed.map((name) => [name, tensorIn(all, name, record)])));
      },
    };
  }

  return {
    open,
    bytes: () =>
      kept.flatMap((own) => Object.values(own)).reduce(
        (sum, tensor) => sum + arrayOf(tensor).byteLength,
        0,
      ),
    async advance(stage, signal) {
      const wanted = flow.carried(stage);
      const fresh = wanted.filter((name) => !Object.hasOwn(kept[0]!, name));
      const part = fresh.length === 0
        ? undefined
        : await open(fresh, (editor) => fresh.forEach((name) => editor.output(name)));
      const next: Tensors[] = [];
      try {
        for (const [record, own] of kept.entries()) {
          signal?.throwIfAborted();
          const found = { ...own, ...await part?.run(record) };
          next.push(Object.fromEntries(wanted.map((name) => [name, found[name]!])));
        }
      } finally {
        await part?.close();
      }
      kept = next;
    },
  };
}

/**
 * An input of a record.
 *
 * @param of what records, for the error; default those of calibration
 *
 * @throws {TypeError} where the record lacks it
 */
export function tensorIn(all: Tensors, name: string, record: number, of = ""): Tensor {
  const tensor = all[name];
  if (tensor) return tensor;
  throw new TypeError(
    `Cannot calibrate: record ${record} (from 0)${of} has no "${name}", which the model reads; give a tensor for ` +
      "each of its inputs",
  );
}
