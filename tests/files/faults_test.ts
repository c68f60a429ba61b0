/** The first, second, … call of the system fails: the old file or the new one is there, whole, and nothing else. */
import assert from "node:assert/strict";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { openStore } from "../../lib/experiment/mod.ts";
import { loadModel, mlp, saveModel } from "../../mod.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { readCheckpoint, writeCheckpoint } from "../../lib/train/checkpoint.ts";
import { TOY_RECORD } from "../experiment/toy_record.ts";
import { inFolder } from "../in_folder.ts";

/** Calls that may fail, as a full or broken disk has them fail. */
const CALLS: readonly (readonly [object, string])[] = [
  [Deno, "open"],
  [Deno, "rename"],
  [Deno, "chmod"],
  [Deno.FsFile.prototype, "write"],
  [Deno.FsFile.prototype, "sync"],
];

/** Does something while the n-th of these calls fails; gives whether there were so many. */
async function failing(n: number, work: () => Promise<void>): Promise<{ reached: boolean; error?: Error }> {
  let calls = 0;
  const originals = CALLS.map(([owner, name]) =>
    Reflect.get(owner, name) as (...given: unknown[]) => unknown
  );
  CALLS.forEach(([owner, name], i) => {
    Reflect.set(owner, name, function (this: unknown, ...given: unknown[]) {
      if (++calls === n) return Promise.reject(new Error(`No space left on device (os error 28), ${name}`));
      return originals[i]!.apply(this, given);
    });
  });
  try {
    await work();
    return { reached: calls >= n };
  } catch (error) {
    return { reached: calls >= n, error: error as Error };
  } finally {
    CALLS.forEach(([owner, name], i) => Reflect.set(owner, name, originals[i]!));
  }
}

const names = async (folder: string): Promise<string[]> =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

const checkpointOf = (step: number) => ({
  fingerprint: "f",
  step,
  running: { loss: 1, examples: 1 },
  unseen: { loss: 0, steps: 0 },
  rates: [] as [number, number][],
  history: [],
  state: { w: float32(new Float32Array(1000).fill(step), [1000]) },
});

interface Writer {
  /** Writes the version of this number. */
  write(folder: string, version: number): Promise<unknown>;
  /** The number of the version that is there; nothing where there is none. */
  read(folder: string): Promise<number | undefined>;
  /** Files of a whole version. */
  files: readonly string[];
  /** Whether there may be none when the new one could not be put in place. */
  mayBeGone?: boolean;
}

const modelOf = (version: number) => mlp({ sizes: [16, 32, 4], seed: version });
const versionOf = (bytes: Uint8Array) =>
  [1, 2].find((version) => modelOf(version).toOnnx().every((byte, i) => byte === bytes[i]));

const WRITERS: Record<string, Writer> = {
  saveModel: {
    write: (folder, version) => saveModel(modelOf(version), `${folder}/m.onnx`),
    read: async (folder) => versionOf((await loadModel(`${folder}/m.onnx`)).toOnnx()),
    files: ["m.onnx"],
  },
  "saveModel with data beside it": {
    write: (folder, version) => saveModel(modelOf(version), `${folder}/m.onnx`, { externalData: 64 }),
    read: async (folder) =>
      (await names(folder)).includes("m.onnx")
        ? versionOf((await loadModel(`${folder}/m.onnx`)).toOnnx())
        : undefined,
    files: ["m.onnx", "m.onnx.data"],
    mayBeGone: true,
  },
  "a checkpoint": {
    write: (folder, version) => writeCheckpoint(`${folder}/run`, checkpointOf(version)),
    read: async (folder) => (await readCheckpoint(`${folder}/run`))?.step,
    files: ["run"],
  },
  "the store": {
    write: (folder, version) => openStore(folder).write({ ...TOY_RECORD, seconds: version }),
    read: async (folder) => (await openStore(folder).read(TOY_RECORD.name))?.seconds,
    files: ["records"],
  },
};

for (const [what, { write, read, files, mayBeGone }] of Object.entries(WRITERS)) {
  Deno.test(`the n-th call of the system fails in ${what}: the old or the new one, whole`, async () => {
    for (let n = 1;; n++) {
      const { reached } = await inFolder(async (folder) => {
        await write(folder, 1);
        const outcome = await failing(n, async () => void await write(folder, 2));
        const found = await read(folder);
        if (outcome.error) {
          assert.match(
            outcome.error.message,
            /^Cannot (write|save the) .*No space left.*; name a file in a/s,
          );
          assert.ok(found === 1 || mayBeGone && (found === undefined || found === 2), `${n}: ${found}`);
        } else assert.equal(found, 2, `${n}`);
        const left = (await names(folder)).filter((name) => !files.includes(name));
        assert.deepEqual(left, [], `call ${n}`);
        return outcome;
      });
      if (!reached) return assert.ok(n > 4, `only ${n} calls`);
    }
  });
}

Deno.test(
  "a disk that is full: a sentence, and the old file stays",
  { ignore: Deno.build.os === "windows" },
  () =>
    inFolder(async (folder) => {
      await saveModel(modelOf(1), `${folder}/m.onnx`);
      const module = new URL("../../mod.ts", import.meta.url).href;
      const program = `import { mlp, saveModel } from "${module}";
        await saveModel(mlp({ sizes: [512, 512, 4] }), "${folder}/m.onnx").catch((error) => console.log(error.message));
        Deno.exit();`;
      await Deno.writeTextFile(`${folder}/p.ts`, program);
      // No file may grow beyond 256 KiB; DENO_DIR is only read.
      const { stdout } = await new Deno.Command("sh", {
        args: [
          "-c",
          `trap '' XFSZ; ulimit -f 512; exec "$0" run --no-check "$@"`,
          Deno.execPath(),
          ...LOCKED,
          "-A",
          `${folder}/p.ts`,
        ],
      }).output();
      assert.match(new TextDecoder().decode(stdout), /^Cannot write .*m\.onnx: .*; name a file in a folder/);
      assert.deepEqual(await names(folder), ["m.onnx", "p.ts"]);
      assert.equal(versionOf(await Deno.readFile(`${folder}/m.onnx`)), 1);
    }),
);

Deno.test(
  "a folder that is read-only says so",
  { ignore: Deno.uid() === 0 || Deno.build.os === "windows" },
  () =>
    inFolder(async (folder) => {
      await Deno.chmod(folder, 0o500);
      await assert.rejects(
        saveModel(modelOf(1), `${folder}/m.onnx`),
        /name a file in a folder that can be written/,
      );
      await Deno.chmod(folder, 0o700);
    }),
);
