/// <reference lib="webworker" />
/**
 * A thread of an array task that ends it, and all of its array, when the leader's pulse stands still, even
 * while the main thread is busy. Clocks of several machines are not compared.
 */
import { readText } from "../../files/read_file.ts";
import { SILENCE } from "./silence.ts";
import { PULSE } from "./slurm_folder.ts";

const folder = self.name;
let [pulse, changed] = ["", performance.now()];

setInterval(async () => {
  const now = await readText(`${folder}/${PULSE}`).catch(() => undefined);
  const over = now === undefined && pulse !== ""; // the folder went with its leader
  if (now !== undefined && now !== pulse) [pulse, changed] = [now, performance.now()];
  if (!over && performance.now() - changed < SILENCE * 1000) return;
  await new Deno.Command("scancel", { args: [Deno.env.get("SLURM_ARRAY_JOB_ID") ?? ""] }).output().catch(
    () => {},
  );
  Deno.kill(Deno.pid, "SIGKILL");
}, 2000);
