import assert from "node:assert/strict";
import { sideBySide } from "../lib/side_by_side.ts";

/** Lets everything that waits have its turn. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("all work is done once, so many at a time and no more", async () => {
  const done: number[] = [];
  let [running, most] = [0, 0];
  await sideBySide(10, 3, async (place) => {
    most = Math.max(most, ++running);
    await turn();
    running--;
    done.push(place);
    return true;
  });
  assert.deepEqual(done.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(most, 3);
  await sideBySide(0, 3, () => assert.fail("there is nothing to do"));
});

Deno.test("where one says that no more is to be begun, none is, and what runs is done", async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  await sideBySide(10, 2, async (place) => {
    begun.push(place);
    await turn();
    ended.push(place);
    return place !== 2;
  });
  assert.ok(begun.length < 6, `${begun}`);
  assert.deepEqual(ended.toSorted(), begun.toSorted());
});

Deno.test("an error is thrown when everything that runs is done, and nothing else is begun", async () => {
  const ended: number[] = [];
  const work = sideBySide(10, 3, async (place) => {
    if (place === 0) throw new Error("no luck");
    await turn();
    ended.push(place);
    return true;
  });
  await assert.rejects(work, /no luck/);
  assert.deepEqual(ended.toSorted(), [1, 2]);
});

Deno.test("nothing at a time is refused, and not taken for all that there is to do", async () => {
  for (const concurrency of [0, NaN, -1]) {
    await assert.rejects(
      sideBySide(3, concurrency, () => assert.fail("begun")),
      new RegExp(
        `^RangeError: Cannot work side by side with concurrency ${concurrency}: expected a whole number`,
      ),
    );
  }
});
