import assert from "node:assert/strict";
import { KERNEL_NAME } from "../../../kernels/jupyter/kernelspec.ts";
import { placesOf } from "../../../kernels/jupyter/setup/paths.ts";
import { noKernel } from "../kernel.ts";
import { type Lab, startLab } from "../lab.ts";
import { pause } from "./driver.ts";
import { assertNoneLeft, processesWith } from "./processes.ts";

const ignore = noKernel || Deno.build.os !== "linux";

/** A terminal of its own: with it goes what runs in it. */
const TERMINAL = [placesOf().program("python"), "-c", "import pty, sys; pty.spawn(sys.argv[1:])"];

const ENDS: Record<string, { signal: Deno.Signal; through?: readonly string[] }> = {
  "is killed": { signal: "SIGKILL" },
  "is told to end": { signal: "SIGTERM" },
  "loses its terminal": { signal: "SIGKILL", through: TERMINAL },
};

/** Starts a kernel in a lab and gives it a cell that ends only with it; fulfilled once the cell runs. */
async function runForever({ api }: Lab, begun: string): Promise<void> {
  const response = await fetch(api("kernels"), {
    method: "POST",
    body: JSON.stringify({ name: KERNEL_NAME }),
  });
  const { id } = await response.json();
  const socket = new WebSocket(api(`kernels/${id}/channels`).replace("http", "ws"));
  await new Promise((resolve) => socket.onopen = resolve);
  const code = `Deno.writeTextFileSync(${JSON.stringify(begun)}, "x"); while (true);`;
  const header = {
    msg_id: "1",
    msg_type: "execute_request",
    session: "s",
    username: "u",
    date: "",
    version: "5.4",
  };
  const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
  socket.send(
    JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: "shell", buffers: [] }),
  );
  while (!await Deno.stat(begun).catch(() => undefined)) await pause(100);
  socket.onerror = () => {}; // it breaks when the lab ends
}

for (const [how, { signal, through = [] }] of Object.entries(ENDS)) {
  Deno.test(`nothing is left running where JupyterLab ${how} while a cell runs`, { ignore }, async () => {
    const folder = await Deno.makeTempDir();
    const word = crypto.randomUUID();
    const lab = await startLab(folder, { env: { ESPALIER_TEST: word, TMPDIR: folder }, through });
    try {
      await runForever(lab, `${folder}/begun`);
      const there = processesWith(word).length;
      assert.ok(there >= 3, `the lab, the kernel and the cells' process: ${there}`);
      await lab.kill(signal);
      await assertNoneLeft(word);
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
        /espalier/.test(name)
      );
      assert.deepEqual(left, [], "no connection file of the cells' process");
    } finally {
      await lab.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
