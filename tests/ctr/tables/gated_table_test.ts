import { GATE_NOISE, gatedTable, GATES } from "../../../lib/ctr/tables/gated_table.ts";
import { TABLE } from "../../../lib/ctr/tables/table.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { lookedUp } from "./looked_up.ts";

Deno.test("coordinates are weighed by the chances of the widths that hold them, noise among them", async () => {
  const noise = [0.5, 0, 0, 0];
  const gates = [Math.log(3), 0, -1, 1];
  const [warm, ones] = [0.5, new Array(10 * 2).fill(1)];
  const found = await lookedUp(
    gatedTable({ widths: [1, 3], temperature: warm }),
    4,
    { [TABLE]: ones, [GATES]: gates },
    { [GATE_NOISE]: float32(noise, [1, 2, 2]) },
  );
  const expected = [0, 1].flatMap((field) => {
    const [a, b] = [0, 1].map((k) => Math.exp((gates[2 * field + k]! + noise[2 * field + k]!) / warm));
    const wide = b! / (a! + b!); // the first coordinate is in both widths, the fourth in none
    return [1, wide, wide, 0];
  });
  assertClose(found, [...expected, ...expected], REORDERED_FLOAT32);
});
