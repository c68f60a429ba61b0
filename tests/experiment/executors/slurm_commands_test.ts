import assert from "node:assert/strict";
import { slurm } from "../../../lib/experiment/executors/slurm_commands.ts";
import { inFolder } from "../../in_folder.ts";

/** Runs a test where these programs, and no others, are found. */
function withPrograms(
  programs: Record<string, string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const path = Deno.env.get("PATH")!;
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    Deno.env.set("PATH", folder);
    try {
      await test(folder);
    } finally {
      Deno.env.set("PATH", path);
    }
  });
}

Deno.test("slots: processors of the partitions that are named, or of the default one", () =>
  withPrograms(
    { sinfo: "echo 'gpu|gpu|0/8/0/8'; echo 'cpu|cpu*|4/26/2/32'; echo 'big|big|0/64/0/64'" },
    async () => {
      assert.equal(await slurm.slots(undefined, 4), 8);
      assert.equal(await slurm.slots("gpu,big", 4), 18);
      assert.equal(await slurm.slots("gpu", 16), 1);
      assert.equal(await slurm.slots("none", 1), 1);
    },
  ));

Deno.test("a script is submitted with its options, by its text, and the array's number comes back", () =>
  withPrograms({
    sbatch: 'echo "$@" > "${0%/*}/asked"; read line; echo "$line" > "${0%/*}/script"; echo "17;cluster"',
  }, async (folder) => {
    assert.equal(await slurm.submit(["--array=0-3"], "#!/bin/sh\n"), "17");
    assert.equal(await Deno.readTextFile(`${folder}/asked`), "--parsable --array=0-3\n");
    assert.equal(await Deno.readTextFile(`${folder}/script`), "#!/bin/sh\n");
  }));

Deno.test("the queue is read by task; a controller that does not answer is not an empty queue", async () => {
  await withPrograms({ squeue: "echo '17_4|R'; echo '17_5|PD'" }, async () => {
    assert.deepEqual(await slurm.queue("run"), new Map([["17_4", "R"], ["17_5", "PD"]]));
  });
  await withPrograms({ squeue: "exit 0" }, async () => assert.deepEqual(await slurm.queue("run"), new Map()));
  await withPrograms({ squeue: "exit 1" }, async () => assert.equal(await slurm.queue("run"), undefined));
});

Deno.test("what a program complains of is told; without Slurm one is told where to be", async () => {
  await withPrograms({ sbatch: "echo 'no such partition' >&2; exit 1" }, async () => {
    await assert.rejects(slurm.submit([], ""), /Cannot use Slurm: sbatch said: no such partition/);
  });
  await withPrograms({}, async () => {
    await assert.rejects(
      slurm.submit([], ""),
      /Cannot run sbatch: .*; run on a machine from which one submits/,
    );
    await slurm.cancel("run");
  });
});
