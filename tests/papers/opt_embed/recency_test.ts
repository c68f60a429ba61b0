import assert from "node:assert/strict";
import { ctrModel } from "../../../lib/ctr/ctr_model.ts";
import { modelOptions } from "../../../lib/ctr/methods/method.ts";
import { supernetTable } from "../../../lib/ctr/tables/supernet_table.ts";
import { logOf } from "../../../lib/papers/opt_embed/data.ts";
import { runRecency } from "../../../lib/papers/opt_embed/recency.ts";
import { taskOf } from "../../../lib/papers/opt_embed/run.ts";
import { withEngine } from "../../train/engines.ts";
import { sameWhenStopped } from "./same_when_stopped.ts";
import { SMALL } from "./small.ts";

withEngine(
  "rows of withheld ids are the same where the run was stopped between",
  "native",
  async (runtime) => {
    const spec = { ...SMALL.base, decays: true, epochs: 3, seed: 0 };
    const log = logOf(spec.data, 0);
    const task = taskOf(spec, log, { runtime });
    const supernet = ctrModel(task.interaction, { ...modelOptions(task), table: supernetTable() });
    const rows = await sameWhenStopped((place) => runRecency(spec, { log, supernet }, { runtime, ...place }));
    const [first, ...others] = rows.map(({ step }) => step);
    assert.deepEqual([first, ...others], [0, others[0], 2 * others[0]!, 3 * others[0]!]);
  },
);
