import assert from "node:assert/strict";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";
import { noZoo, setUpZoo } from "./environment.ts";
import { refusedThere, thereAndHere } from "./to_pytorch.ts";

Deno.test({
  name: tagged("Pruned weights go back to PyTorch by the recipe of the page: outputs are equal", "zoo"),
  ignore: noZoo,
  async fn() {
    const python = (await setUpZoo()).program("python");
    const { here, there, sizes } = await inFolder((folder) => thereAndHere(python, folder));
    assertClose(here, there, REORDERED_FLOAT32);
    const [stem, depthwise, groups, between, normed] = sizes as [number, number, number, number, number];
    assert.ok(stem < 16 && depthwise < 64 && groups <= 4 && between < 32, `nothing was resized: ${sizes}`);
    assert.ok(normed < 8, `no group of the group norm went: ${normed}`);
  },
});

Deno.test({
  name: tagged(
    "A block that left as a whole is zeros in PyTorch, beside channels that left: outputs are equal",
    "zoo",
  ),
  ignore: noZoo,
  async fn() {
    const python = (await setUpZoo()).program("python");
    const { here, there, sizes } = await inFolder((folder) => thereAndHere(python, folder, { block: true }));
    assertClose(here, there, REORDERED_FLOAT32);
    assert.ok(sizes[0]! < 16 && sizes.at(-1) === 1, `no channel, or no block, left: ${sizes}`);
  },
});

Deno.test({
  name: tagged("What the recipe of the page cannot resize, it refuses", "zoo"),
  ignore: noZoo,
  async fn() {
    const python = (await setUpZoo()).program("python");
    assert.equal(await inFolder((folder) => refusedThere(python, folder)), 10);
  },
});
