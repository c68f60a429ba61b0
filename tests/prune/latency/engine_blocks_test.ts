import { deepEqual, equal, ok } from "node:assert/strict";
import { ortEnvironment } from "../../../lib/deps.ts";
import { blockOf, engineBlocks } from "../../../lib/prune/latency/engine_blocks.ts";
import { inFolder } from "../../in_folder.ts";
import { pretend, withClock } from "../pretend_engine.ts";
import { withProcessor } from "./with_processor.ts";

const rows = (cost: (width: number) => number) =>
  [64, 48, 40, 44, 42, 41].map((width) => ({ width, low: cost(width) }));

Deno.test("the block is the smallest whose multiples cost the same per channel", () => {
  for (const block of [4, 8, 16]) {
    // Between blocks, what the next but one costs.
    equal(blockOf(rows((width) => width % block === 0 ? width : width + 2 * block)), block);
  }
  equal(blockOf(rows((width) => 10 + 3 * width)), 1);
  equal(blockOf(rows((width) => width === 64 ? 64 : 2 * width)), 16);
});

Deno.test("blocks are measured for each kind of layer, kept for the engine, and measured again where asked", () =>
  inFolder((folder) =>
    withClock(async () => {
      const cost = (block: Record<string, number>) => (width: number, op: string) =>
        width % block[op]! === 0 ? width : width + 2 * block[op]!;
      const on = (block: Record<string, number>) => pretend({ cost: cost(block) });
      const found = { convolution: 16, product: 4 };
      deepEqual(await engineBlocks(on({ Conv: 16, MatMul: 4 }), { folder }), found);
      // Kept: what is different now is not looked at, unless asked.
      const other = on({ Conv: 8, MatMul: 8 });
      deepEqual(await engineBlocks(other, { folder }), found);
      deepEqual(await engineBlocks({ ...other, device: "another" }, { folder }), {
        convolution: 8,
        product: 8,
      });
      deepEqual(await engineBlocks(other, { folder, fresh: true }), { convolution: 8, product: 8 });
      deepEqual(await engineBlocks(other, { folder }), { convolution: 8, product: 8 });
      const names = [...Deno.readDirSync(`${folder}/engine_blocks`)].map(({ name }) => name);
      deepEqual(names.length, 2);
      // Another version of the engine measures anew.
      const version = ortEnvironment.versions.common.replaceAll(".", "-");
      for (const name of names) ok(name.startsWith(`native-${version}-`), name);
      // A file that is none of ours is as good as none.
      for (const { name } of Deno.readDirSync(`${folder}/engine_blocks`)) {
        await Deno.writeTextFile(`${folder}/engine_blocks/${name}`, '{"convolution": "many"}');
      }
      deepEqual(await engineBlocks(on({ Conv: 4, MatMul: 16 }), { folder }), { convolution: 4, product: 16 });
    })
  ));

Deno.test("machines that share a folder keep blocks of their own, though their processors have one name", () =>
  inFolder((folder) =>
    withClock(async () => {
      const of = (block: number) =>
        pretend({ cost: (width) => width % block === 0 ? width : width + 2 * block });
      const measured = (block: number, flags: string) =>
        withProcessor(
          `model name\t: AMD EPYC\nflags\t\t: ${flags}\n`,
          () => engineBlocks(of(block), { folder }),
        );
      const [narrow, wide] = [{ convolution: 8, product: 8 }, { convolution: 16, product: 16 }];
      deepEqual(await measured(8, "avx2"), narrow);
      deepEqual(await measured(16, "avx2 avx512f"), wide);
      deepEqual(await measured(1, "avx2"), narrow);
    })
  ));

Deno.test("what was measured on a busy machine is not believed and not kept", () =>
  inFolder((folder) =>
    withClock(async () => {
      let run = 0;
      // Steps of 4, and others run in between.
      const busy = pretend({
        cost: (width) => (run++ % 7 < 3 ? 1 : 3) * (width % 4 === 0 ? width : 2 * width),
      });
      deepEqual(await engineBlocks(busy, { folder }), { convolution: 16, product: 16 });
      deepEqual([...Deno.readDirSync(folder)], []);
    })
  ));
