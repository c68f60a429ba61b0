import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

const einsum = (equation: string, inputs: Parameters<typeof flowOf>[1], nonzero: string[] = []) =>
  flowOf("Einsum", inputs, { attributes: { equation }, nonzero });

Deno.test("a letter of the output goes on, and of several operands it is one", () => {
  const { outputs, joins, roles } = einsum("bij,bjk->bik", [[7, 2, 3], [7, 3, 4]]);
  deepEqual(outputs, [["0.0", "0.1", "1.2"]]);
  deepEqual(joins.filter((join) => !/^(\S+) = \1$/.test(join)), ["0.0 = 1.0", "0.2 = 1.1"]);
  deepEqual(roles, { "0.1": "out", "0.2": "in", "1.1": "in", "1.2": "out" });
});

Deno.test("a letter that is summed over leaves where one side is zero", () => {
  deepEqual(einsum("ij,jk->ik", [[2, 3], [3, 4]], ["0.1"]).consumed, ["0.1"]);
  match(
    einsum("ij,jk->ik", [[2, 3], [3, 4]], ["0.1", "1.0"]).consumed.join(),
    /^closed: Einsum.* sums over it/,
  );
});

Deno.test("axes behind dots are counted from the last, and one place is repeated", () => {
  deepEqual(einsum("...i,ij->j...", [[5, 2, 3], [3, 4]]).outputs, [["1.1", "0.0", "0.1"]]);
  match(einsum("bi,bj->bij", [[1, 2], [3, 4]]).consumed.join(), /closed: Einsum.* needs its only position/);
});
