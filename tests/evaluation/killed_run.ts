/** Asks eight sums, in two runs; every answer is paid for with a line, and the one named is never given. */
import { askModels } from "../../lib/evaluation/ask_models.ts";
import { adder, sums } from "./made.ts";

const [folder, killAt] = Deno.args;
let asked = 0;
await askModels(
  [{
    model: "adder",
    method: "dense",
    answerer: {
      identity: "adder",
      async answer(request) {
        await Deno.writeTextFile(`${folder}/paid`, `${request.prompt.split("\n")[0]} ${request.seed}\n`, {
          append: true,
        });
        if (++asked === Number(killAt)) Deno.kill(Deno.pid, "SIGKILL");
        return await adder.answer(request);
      },
    },
  }],
  sums(8),
  { log: `${folder}/answers.jsonl`, runs: 2 },
);
