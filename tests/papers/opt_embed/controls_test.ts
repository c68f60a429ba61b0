import { runControl } from "../../../lib/papers/opt_embed/controls.ts";
import { logOf } from "../../../lib/papers/opt_embed/data.ts";
import { withEngine } from "../../train/engines.ts";
import { sameWhenStopped } from "./same_when_stopped.ts";
import { SMALL } from "./small.ts";

for (const control of ["labels shuffled", "no L2"] as const) {
  withEngine(`${control}: the same row where the run was stopped between`, "native", async (runtime) => {
    const supernet = { ...SMALL.base.supernet, epochs: 4 };
    const spec = { ...SMALL.base, supernet, control, seed: 0 };
    const log = logOf(spec.data, 0);
    await sameWhenStopped((place) => runControl(spec, log, { runtime, ...place }));
  });
}
