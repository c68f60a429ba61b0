import assert from "node:assert/strict";
import { ctrModel } from "../../lib/ctr/ctr_model.ts";
import { type InteractionName, INTERACTIONS } from "../../lib/ctr/interactions/table.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { binaryCrossEntropy } from "../../lib/train/losses.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { fieldsOf } from "./fields_of.ts";

interface Numbers {
  dims: number[];
  data: number[];
}

/** A model as PyTorch computes it; see `tests/fixtures/make_ctr_fixtures.py`. */
interface Fixture {
  model: InteractionName;
  sizes: number[];
  features: number;
  hidden: number[];
  ids: number[][];
  clicks: number[];
  weights: Record<string, Numbers>;
  logits: number[];
  loss: number;
  gradients: Record<string, Numbers>;
}

const fixtures: Fixture[] = Deno.readTextFileSync(new URL("../fixtures/ctr.jsonl", import.meta.url)).trim()
  .split("\n").map((line) => JSON.parse(line));

function modelOf({ model, sizes, features, hidden, weights }: Fixture): Model {
  const built = ctrModel(INTERACTIONS[model]({ hidden }), { fields: fieldsOf(sizes), features });
  const initializers = new Map(built.graph.initializers);
  for (const [name, { dims, data }] of Object.entries(weights)) {
    assert.deepEqual([...initializers.get(name)!.dims], dims, name);
    initializers.set(name, float32(data, dims));
  }
  return built.withGraph({ ...built.graph, initializers });
}

for (const fixture of fixtures) {
  Deno.test(`${fixture.model}: logits, loss and the gradient of every weight are PyTorch's`, async () => {
    const model = modelOf(fixture);
    const { ids, clicks, sizes, gradients } = fixture;
    const feed = new Tensor("int32", Int32Array.from(ids.flat()), [ids.length, sizes.length]);
    const runtime = await openRuntime({ engine: "native", threads: 1 });
    try {
      const session = await runtime.session(model);
      const { logit } = await session.run({ ids: feed });
      assertClose(logit!.data as Float32Array, fixture.logits, REORDERED_FLOAT32, "logits");
      await session.release();
      const step = trainingStep(model, {
        loss: binaryCrossEntropy(),
        optimizer: sgd({ momentum: 0, nesterov: false }),
      });
      const training = await runtime.session(step.model, { carry: step.carry });
      await training.setState(step.state);
      const outputs = await training.run({
        ids: feed,
        [step.targets.expected!]: float32(clicks),
        ...step.scalarFeeds(0, 1),
      });
      assertClose(outputs[step.loss]!.data as Float32Array, [fixture.loss], REORDERED_FLOAT32, "loss");
      const after = await training.state();
      for (const [name, { data }] of Object.entries(gradients)) {
        const before = step.state[name]!.data as Float32Array;
        const found = before.map((value, i) => value - Number(after[name]!.data[i]!));
        assertClose(found, data, { absolute: 2e-6, relative: 1e-4 }, name);
      }
      const learned = weightsOf(model).filter(({ role }) => role !== "statistic").map(({ name }) => name);
      assert.deepEqual(learned.sort(), Object.keys(gradients).sort());
    } finally {
      await runtime.close();
    }
  });
}
