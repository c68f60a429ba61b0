/** A program that leads a run of the toy units, to be killed: `leader.ts ON STORE`. */
import { run } from "../../lib/experiment/mod.ts";
import { sweep } from "./clusters.ts";

const [on, store] = Deno.args;
await run({ units: sweep(), on, store, engine: "native" });
