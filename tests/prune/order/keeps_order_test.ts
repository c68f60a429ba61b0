import { equal } from "node:assert/strict";
import { type Axis, inputAxisOf } from "../../../lib/prune/channels/axis.ts";
import type { LocalFlow } from "../../../lib/prune/channels/local_flow.ts";
import { keepsOrder } from "../../../lib/prune/order/keeps_order.ts";
import type { Flow } from "../../../lib/prune/rows/row.ts";

const axis = (...labels: number[]): Axis => ({ labels: Int32Array.from(labels), zero: true });
const place = (input: number, position: number) => ({ axis: inputAxisOf(input, 1), position });

/** Labels 1 to 4 are positions of input 0, 5 to 8 those of input 1, 9 and 10 are added. */
const flowOf = (flow: Flow): LocalFlow => ({
  flow,
  inputs: new Map([0, 1].map((input) => [inputAxisOf(input, 1), new Int32Array(4)])),
  places: [
    undefined,
    ...[0, 1].flatMap((input) => [0, 1, 2, 3].map((i) => place(input, i))),
    undefined,
    undefined,
  ],
});

const keeps = (flow: Flow, order: number[], output: number[] | undefined) =>
  keepsOrder(flowOf(flow), () => Int32Array.from(order), [[output && Int32Array.from(output)]]);

Deno.test("what goes on as it is keeps its order; of a part, or in another one, it does not", () => {
  equal(keeps({ outputs: [[axis(1, 2, 3, 4)]] }, [1, 0, 2, 3], [1, 0, 2, 3]), true);
  equal(keeps({ outputs: [[axis(1, 2)]] }, [1, 0, 2, 3], [1, 0]), true);
  equal(keeps({ outputs: [[axis(1, 2)]] }, [2, 1, 0, 3], undefined), false);
  equal(keeps({ outputs: [[axis(2, 3, 1, 4)]] }, [1, 0, 3, 2], [1, 0, 3, 2]), false);
});

Deno.test("positions that the node adds become one another, never what it reads", () => {
  equal(keeps({ outputs: [[axis(9, 1, 2, 10)]] }, [1, 0, 2, 3], [3, 2, 1, 0]), true);
  equal(keeps({ outputs: [[axis(9, 1)]] }, [1, 0, 2, 3], [1, 0]), false);
  equal(keeps({ outputs: [[axis(-1, 1, -2, 2)]] }, [1, 0, 2, 3], [0, 3, 2, 1]), true);
  equal(keeps({ outputs: [[axis(-1, 1, -2, 2)]] }, [1, 0, 2, 3], [2, 3, 0, 1]), false);
});

Deno.test("pairs that meet in the node stay pairs", () => {
  const pairs = (...labels: number[]): Flow => ({
    outputs: [],
    joins: [[axis(1, 2, 3, 4), axis(...labels)]],
  });
  equal(keeps(pairs(5, 6, 7, 8), [3, 2, 1, 0], undefined), true);
  equal(keeps(pairs(6, 7, 5, 8), [1, 0, 2, 3], undefined), false);
  equal(keeps({ outputs: [], joins: [[{ why: "shut" }, axis(5)]] }, [1, 0, 2, 3], undefined), true);
});
