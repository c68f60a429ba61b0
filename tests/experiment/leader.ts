/** A leader in a process of its own: `store count wait log`. Prints its rows as JSON. */
import { run } from "../../lib/experiment/mod.ts";
import { squares } from "./toy.ts";

const [store, count, wait, log] = Deno.args;
const { rows } = await run({
  units: squares(Number(count), { wait: Number(wait), log: log! }),
  store,
  workers: 2,
  engine: "wasm",
});
console.log(JSON.stringify(rows));
