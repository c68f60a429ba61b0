/**
 * The program that Jupyter starts: `main.ts {connection_file}`. It serves the kernel's five channels and runs
 * the cells in a process of its own; `docs/kernel.md` tells how.
 *
 * @module
 */
import { readConnection } from "../protocol/connection.ts";
import { checkingOf } from "./check.ts";
import { CHECK_VARIABLE } from "./check_variable.ts";
import { serveKernel } from "./serve.ts";

/** How often it is looked whether the parent is still there, in ms. */
const LOOK = 500;

const [file] = Deno.args;
if (!file) {
  console.error("Cannot start the kernel: expected the path of a connection file; Jupyter gives it");
  Deno.exit(2);
}
const parent = Deno.ppid;
const kernel = serveKernel(readConnection(await Deno.readTextFile(file)), {
  folder: Deno.cwd(),
  checking: checkingOf(Deno.env.get(CHECK_VARIABLE)),
  complain: (why) => console.error(why),
});
const end = async () => {
  await kernel.end();
  Deno.exit(0);
};
Deno.addSignalListener("SIGINT", () => void kernel.interrupt());
if (Deno.build.os !== "windows") {
  for (const signal of ["SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, () => void end());
}
setInterval(() => Deno.ppid !== parent && void end(), LOOK);
await kernel.ended;
Deno.exit(0);
