import { isStatic } from "../../onnx/dim.ts";
import { inferShapes } from "../../onnx/infer_shapes.ts";
import type { Model } from "../../onnx/model.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import type { Runtime, Session } from "../../runtime/runtime.ts";
import type { TrainingStep } from "../training_step.ts";

/**
 * Opens a session for a step whose batches mostly have so many rows. Engines on the CPU lay convolutions out
 * for batches of a known size, which takes half the time; so where the step leaves it open, batches of that
 * size run in a session that is bound to it, and others, such as an epoch's last one, in a second one, opened
 * when the first of them comes. The state goes from one to the other, and is there once.
 *
 * @param rows of a batch; undefined where nobody knows
 */
export async function openStep(
  runtime: Runtime,
  step: TrainingStep,
  rows: number | undefined,
): Promise<Session> {
  const open = (model: Model) => runtime.session(model, { carry: step.carry });
  const bound = rows === undefined || runtime.engine === "webgpu" ? undefined : boundStep(step, rows);
  if (!bound) return await open(step.model);
  const session = await open(bound);
  let others: Session | undefined;
  let now = session;
  const [input] = step.inputs;
  return {
    async run(feeds, places) {
      const next = feeds[input!]?.dims[0] === rows ? session : others ??= await open(step.model);
      if (next !== now) await next.setState(await now.takeState());
      now = next;
      return await now.run(feeds, places);
    },
    state: () => now.state(),
    takeState: () => now.takeState(),
    carried: () => now.carried(),
    setState: (state) => now.setState(state),
    async release() {
      await Promise.all([session.release(), others?.release()]);
    },
  };
}

/**
 * The step's graph for batches of so many rows; undefined where that is no news, as no convolutions are in
 * it, the number of rows is known, or other sizes are not.
 */
export function boundStep({ model, inputs, targets }: TrainingStep, rows: number): Model | undefined {
  const { nodes, values } = model.graph;
  const open = values.get(inputs[0] ?? "")?.shape?.[0];
  if (typeof open !== "string" || !nodes.some((node) => operatorOf(node) === "Conv")) return undefined;
  const inputShapes: Record<string, readonly number[]> = {};
  for (const name of [...inputs, ...Object.values(targets)]) {
    const [batch, ...rest] = values.get(name)?.shape ?? [];
    // The loss's own name for the size of a batch is not the model's.
    const isBatch = batch === open || !inputs.includes(name) && typeof batch === "string";
    const shape = [isBatch ? rows : batch!, ...rest];
    if (!isStatic(shape)) return undefined;
    inputShapes[name] = shape;
  }
  return inferShapes(model, { inputShapes });
}
