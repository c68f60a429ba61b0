/** A real Ray on this machine: a head with two processors on the loopback interface, in a virtual environment of its own. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { openRay } from "../../../lib/experiment/executors/ray.ts";
import { LINE_START } from "../../../lib/experiment/job.ts";
import { run, unit } from "../../../lib/experiment/mod.ts";
import { required } from "../../data.ts";
import { tagged } from "../../tags.ts";
import {
  clearAway,
  type Cluster,
  freePort,
  leaderIsKilled,
  processesOf,
  runIsAborted,
  sweepUnderFire,
  until,
} from "../clusters.ts";
import { squares, sum } from "../toy.ts";

const RAY = "ray[default]==2.60.0";
const VENV = decodeURIComponent(new URL("../../../.venv-ray", import.meta.url).pathname);
const STAMP = `${VENV}/espalier-ray`;
const installed = () => existsSync(STAMP) && Deno.readTextFileSync(STAMP) === RAY;
const ignore = Deno.build.os !== "linux" || !installed() && !required("ray");
/** A worker's Deno, and the Ray worker above it. */
const WORKER = /experiment\/worker\.ts|^ray::task/;

Deno.test(
  { name: tagged("Ray, its workers killed, a leader killed, a run aborted", "ray"), ignore },
  async (t) => {
    if (!installed()) await install();
    await using ray = await startRay();
    const nothingRuns = () => until("nothing runs", () => processesOf(ray.folder, WORKER).length === 0);
    await t.step(
      "no unit is lost, doubled or different while workers are killed and the line breaks",
      async () => {
        await using line = breakableLine(Number(new URL(ray.on.slice("ray:".length)).port));
        await sweepUnderFire({ ...ray, on: `ray:http://127.0.0.1:${line.port}` }, {
          kill: () => processesOf(ray.folder, WORKER),
          also: [{ after: 60, happens: () => Promise.resolve(line.cut()) }],
        });
        await nothingRuns();
      },
    );
    await Deno.remove(`${ray.folder}/store`, { recursive: true });
    await t.step("a run goes on after its leader was killed, and nothing is left of the first", async () => {
      await leaderIsKilled(ray);
      await nothingRuns();
    });
    await t.step("an aborted run ends its job", async () => {
      await runIsAborted(ray);
      await nothingRuns();
    });
    await t.step("units whose folder is not shared fail with a word, others do not", () => notShared(ray));
    await t.step("what cannot run is said", async () => {
      const wrong = (on: string) =>
        run({ units: squares(2), on, store: `${ray.folder}/wrong`, engine: "native" });
      await assert.rejects(
        wrong("ray:head"),
        /^RangeError: Cannot run on Ray at "head": expected the address/,
      );
      await assert.rejects(
        wrong(`ray:http://127.0.0.1:${freePort()}`),
        /^Error: Cannot reach Ray at http:\/\/127/,
      );
      const { failures } = await wrong(`${ray.on}?deno=/no/deno`);
      assert.deepEqual(failures.length, 2);
      assert.match(failures[0]!.error, /^Cannot finish the square of 0: .*cannot start Deno on .*\/no\/deno/);
      await assert.rejects(wrong(`${ray.on}?cpus=many`), /^RangeError: Cannot run on Ray with cpus=many/);
    });
  },
);

Deno.test("a log that breaks off inside of an answer ends nothing: it comes again, whole", async () => {
  const name = "a unit";
  const rows = [{ text: "ab".repeat(50_000) }];
  const answer = { name, rows, products: {}, seconds: 1, machine: "far" };
  const log = `begun\n${LINE_START}${JSON.stringify({ answer })}\n`;
  let [connections, status] = [0, "RUNNING"];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    if (request.url.endsWith("/stop")) status = "STOPPED";
    if (request.headers.get("upgrade") !== "websocket") return Response.json({ status, message: "" });
    const { socket, response } = Deno.upgradeWebSocket(request);
    const cut = connections++ === 0 ? 60_000 : log.length;
    socket.onopen = () => {
      for (let at = 0; at < cut; at += 7000) socket.send(log.slice(at, Math.min(at + 7000, cut)));
      if (cut < log.length) socket.close();
    };
    return response;
  });
  const told = Promise.withResolvers<unknown>();
  const executor = await openRay({
    place: `http://127.0.0.1:${server.addr.port}`,
    settings: {},
    listener: { answer: told.resolve, note: () => {}, broken: told.reject },
    store: "",
    modules: [],
    workers: 1,
    threads: 1,
  });
  try {
    const job = {
      name,
      kind: "k",
      version: 1,
      module: import.meta.url,
      label: "k",
      spec: {},
      needs: {},
      data: {},
    };
    executor.start({ ...job, engine: "wasm", threads: 1, store: "" });
    assert.deepEqual(await told.promise, answer);
    assert.equal(connections, 2);
  } finally {
    await executor.close();
  }
});

/** The folder of each process's own working folder: leader and workers have different ones. */
async function notShared({ on, folder }: Cluster): Promise<void> {
  const store = "/proc/self/cwd/.not-shared";
  const own = `${folder}/a möd`;
  await Deno.mkdir(own);
  await Deno.writeTextFile(`${own}/name.ts`, `export const name = "own/rows";\n`);
  await Deno.writeTextFile(`${own}/own.ts`, OWN_MODULE);
  const [rowsOnly] = (await import(new URL(`file://${own}/own.ts`).href)).kinds;
  const [a, b] = squares(2);
  try {
    await run({ units: [a!], on: "here", store, engine: "native" });
    const units = [
      unit(sum, { label: "of both" }, { a: a!, b: b! }),
      unit(sum, { label: "of one" }, { a: a!, b: a! }),
    ];
    const { rows, failures } = await run({
      units: [...units, unit(rowsOnly, 7)],
      on,
      store,
      engine: "native",
    });
    assert.deepEqual(rows, [{ twice: 14 }]);
    const said = new Map(failures.map(({ unit, error }) => [unit.kind.label(unit.spec), error]));
    assert.deepEqual([...said.keys()].sort(), ["the square of 1", "the sum of both", "the sum of one"]);
    assert.match(
      said.get("the square of 1")!,
      /^Cannot find number\.txt of the square of 1.* must share that folder/,
    );
    assert.match(said.get("the sum of both")!, /it needs the square of 1, which failed/);
    assert.match(
      said.get("the sum of one")!,
      /^Cannot read the result of "a" from .*: leader and workers must share/,
    );
  } finally {
    await Deno.remove(store, { recursive: true });
  }
}

/** An experiment that is no part of this repository. */
const OWN_MODULE = `import { name } from "./name.ts";
export const kinds = [{
  name, version: 1, module: import.meta.url, label: () => "twice",
  work: (spec) => Promise.resolve({ rows: [{ twice: 2 * spec }] }),
}];
`;

async function install(): Promise<void> {
  await call("python3", "-m", "venv", "--clear", VENV);
  await call(`${VENV}/bin/python`, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", RAY);
  await Deno.writeTextFile(STAMP, RAY);
}

async function startRay(): Promise<Cluster> {
  // Short, since the paths of Ray's sockets begin with it.
  const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "ray-" });
  const [port, dashboard, agent, client] = Array.from({ length: 4 }, freePort);
  const address = `http://127.0.0.1:${dashboard}`;
  try {
    await call(
      `${VENV}/bin/ray`,
      "start",
      "--head",
      "--num-cpus=2",
      "--disable-usage-stats",
      "--dashboard-host=127.0.0.1",
      `--port=${port}`,
      `--dashboard-port=${dashboard}`,
      `--dashboard-agent-listen-port=${agent}`,
      `--ray-client-server-port=${client}`,
      `--temp-dir=${folder}/ray`,
      "--object-store-memory=100000000",
    );
    await until("the head answers", () => fetch(`${address}/api/version`).then(drain, () => false));
  } catch (error) {
    await clearAway(folder);
    throw error;
  }
  return {
    on: `ray:${address}`,
    folder,
    async busy() {
      const jobs: { status: string }[] = await (await fetch(`${address}/api/jobs/`)).json();
      return jobs.some(({ status }) => status === "RUNNING" || status === "PENDING");
    },
    [Symbol.asyncDispose]: () => clearAway(folder),
  };
}

/** Passes on what comes to a port of its own, until it is cut: then all connections break, and new ones hold. */
function breakableLine(to: number): AsyncDisposable & { port: number; cut(): void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const cut = () => {
    for (const end of open) {
      open.delete(end);
      try {
        end.close();
      } catch {
        // It was closed by the other side.
      }
    }
  };
  const serving = (async () => {
    for await (const near of listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: to });
      open.add(near).add(far);
      near.readable.pipeTo(far.writable).catch(() => {});
      far.readable.pipeTo(near.writable).catch(() => {});
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    cut,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
      cut();
    },
  };
}

async function drain(response: Response): Promise<boolean> {
  await response.body?.cancel();
  return response.ok;
}

async function call(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    stdout: "null",
    env: {
      RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: "0", // Ray's own way to say: on the loopback interface alone
      RAY_memory_monitor_refresh_ms: "0", // how full this machine is says nothing about us
      PATH: `${VENV}/bin:${Deno.env.get("PATH")}`,
    },
  }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
