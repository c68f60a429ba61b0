/** A leader in a process of its own that takes times: `store names…`. Prints its rows as JSON. */
import { run, unit } from "../../lib/experiment/mod.ts";
import { squares, timing } from "./toy.ts";

const [store, first, ...names] = Deno.args;
const { rows } = await run({
  units: [...squares(6, { wait: Number(first) }), ...names.map((name) => unit(timing, { name }))],
  store: store!,
  engine: "wasm",
});
console.log(JSON.stringify(rows.slice(6)));
