import { deepEqual, equal } from "node:assert/strict";
import {
  channelsAt,
  closed,
  firstClosed,
  inputAxesOf,
  isOpen,
  pick,
  stop,
  withZero,
} from "../../../lib/prune/channels/axis.ts";

const open = { labels: Int32Array.of(4, 5, 6), zero: true, of: [7] };

Deno.test("an axis is ended once: a reason that it has stays", () => {
  deepEqual(stop(open, "a"), { why: "a", of: [7] });
  deepEqual(stop(stop(open, "a"), "b"), { why: "a", of: [7] });
  equal(isOpen(stop(open, "a")), false);
});

Deno.test("zeros are lost and never come back", () => {
  equal((withZero(withZero(open, false), true) as typeof open).zero, false);
  deepEqual(withZero(closed("a"), false), closed("a"));
});

Deno.test("channels are picked in order and often, and remember where they come from", () => {
  deepEqual(pick(open, [2, 0, 2]), { ...open, labels: Int32Array.of(6, 4, 6) });
  deepEqual(inputAxesOf([open, closed("a"), { ...open, of: [9] }]), [7, 9]);
});

Deno.test("of several axes the first that must stay counts", () => {
  deepEqual(firstClosed([open, closed("a"), closed("b")]), closed("a"));
  equal(firstClosed([open]), open);
  deepEqual([
    channelsAt([open, closed("a")], 0),
    channelsAt([open, closed("a")], 1),
    channelsAt(undefined, 0),
  ], [
    open,
    undefined,
    undefined,
  ]);
});
