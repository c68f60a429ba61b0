import { TypeError } from "../errors.ts";
import { omitNames, type OptionNames, requireOptions } from "../options.ts";
import { GraphEditor } from "../onnx/graph_editor.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { int64 } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { sessionOf } from "./fed_weights.ts";
import type { LanguageModel } from "./language_model.ts";
import { type Corpus, WINDOW_OPTIONS, type WindowOptions, windowsOf } from "./windows.ts";
import { stopSignal } from "../stop.ts";

/** Settings of {@linkcode importanceOf}. */
export interface ImportanceOptions extends Omit<WindowOptions, "log"> {
  /** Where the graph runs. Default: one that is opened for this, and closed. */
  runtime?: Runtime | undefined;
}

/** Names of {@linkcode ImportanceOptions}. */
const IMPORTANCE_OPTIONS: OptionNames<ImportanceOptions> = {
  runtime: true,
  ...omitNames(WINDOW_OPTIONS, "log"),
};

/**
 * How much each input of each linear layer counts: the mean of its square over all tokens of some texts, by
 * the name of the layer's weight. This is llama.cpp's importance matrix, and Wanda's norms, squared. The
 * output head is left out, as there.
 *
 * Windows are those of {@linkcode perplexity}.
 *
 * @throws {TypeError} where the model's weights were left in their codes, or the corpus is no text
 * @throws {RangeError} where the text has not one window, or a window does not fit into the context
 */
export async function importanceOf(
  model: LanguageModel,
  corpus: Corpus,
  settings: ImportanceOptions = {},
): Promise<Record<string, Float64Array>> {
  requireOptions("importanceOf", settings, IMPORTANCE_OPTIONS);
  const { runtime, ...options } = settings;
  const signal = stopSignal(options.signal);
  const texts = windowsOf(model, corpus, options);
  if (Object.keys(model.weights.packed ?? {}).length > 0) {
    throw new TypeError(
      `Cannot measure importance in ${model.name}: its weights were left in their codes; open it without packed`,
    );
  }
  const { graph } = model;
  const editor = new GraphEditor(graph.graph, { ...graph.info.opsets });
  const outputs = new Map<string, string>(); // weight → output
  for (const node of graph.graph.nodes) {
    const [x, weight] = node.inputs as [string, string];
    if (operatorOf(node) !== "Gemm" || !/_proj\.weight$/.test(weight)) continue;
    const [square] = editor.node("Mul", [x, x]);
    const [mean] = editor.node("ReduceMean", [square, editor.constant(int64([0]))], { keepdims: 0 });
    editor.output(mean!, `importance.${weight}`);
    outputs.set(weight, `importance.${weight}`);
  }
  const sums = new Map<string, Float64Array>();
  await using opened = new AsyncDisposableStack();
  const engine = runtime ?? opened.adopt(await openRuntime(), (own) => own.close());
  const session = opened.adopt(await sessionOf(engine, editor.model()), (own) => own.release());
  let tokens = 0;
  for (const ids of texts) {
    signal?.throwIfAborted();
    const found = await session.run({ input_ids: int64(ids, [1, ids.length]) });
    tokens += ids.length;
    for (const [weight, output] of outputs) {
      const means = floats(found[output]!);
      const sum = sums.get(weight) ?? new Float64Array(means.length);
      means.forEach((mean, i) => sum[i]! += mean * ids.length);
      sums.set(weight, sum);
    }
  }
  return Object.fromEntries([...sums].map(([weight, sum]) => [weight, sum.map((value) => value / tokens)]));
}
