import { deepEqual, equal, throws } from "node:assert/strict";
import { ChannelUnionFind, requireFollowable } from "../../../lib/prune/channels/channel_union_find.ts";

Deno.test("joined channels are one, named by the oldest, however they were joined", () => {
  const atoms = new ChannelUnionFind();
  const [a, b, c] = [atoms.fresh(3), atoms.fresh(3), atoms.fresh(3)];
  atoms.joinAll(c, b);
  atoms.joinAll(b, a);
  deepEqual([...c].map((atom) => atoms.find(atom)), [...a]);
  equal(atoms.count, 10);
});

Deno.test("more channels than there was room for keep their sets", () => {
  const atoms = new ChannelUnionFind();
  const [a, b] = [atoms.fresh(2), atoms.fresh(2)];
  atoms.joinAll(a, b);
  atoms.fresh(5000);
  equal(atoms.find(b[1]!), a[1]);
});

Deno.test("where one stays, so do all joined with it, before or after, for its reasons", () => {
  const atoms = new ChannelUnionFind();
  const [a, b] = [atoms.fresh(2), atoms.fresh(2)];
  atoms.keep(a.subarray(0, 1), "one");
  atoms.joinAll(a, b);
  atoms.keep(b.subarray(0, 1), "two");
  deepEqual([...atoms.kept()], [[a[0], new Set(["one", "two"])]]);
});

Deno.test("a position that stays keeps the channel that is joined with it", () => {
  const atoms = new ChannelUnionFind();
  const [atom] = atoms.fresh(1);
  const label = atoms.stay("padding");
  equal(atoms.stay("padding"), label);
  equal(atoms.find(label), label);
  atoms.join(label, atom!);
  deepEqual([...atoms.kept()], [[atom, new Set(["padding"])]]);
});

Deno.test("an axis longer than can be followed is refused where it is", () => {
  requireFollowable(2 ** 26, () => "here");
  throws(
    () => requireFollowable(2 ** 26 + 1, () => "Flatten [1, 2]"),
    /^RangeError: .*Flatten \[1, 2\]: expected at/,
  );
});
