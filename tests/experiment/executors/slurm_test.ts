/** A real Slurm on this machine: two nodes of one processor each, on the loopback interface, without any service of the system. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { run } from "../../../lib/experiment/mod.ts";
import { required } from "../../data.ts";
import { tagged } from "../../tags.ts";
import {
  clearAway,
  type Cluster,
  freePort,
  killIfThere,
  leaderIsKilled,
  processesOf,
  runIsAborted,
  sweepUnderFire,
  until,
} from "../clusters.ts";
import { squares } from "../toy.ts";

const PROGRAMS = ["munged", "slurmctld", "slurmd"].map((name) => `/usr/sbin/${name}`);
const ignore = !PROGRAMS.every(existsSync) && !required("slurm");
const NODES = ["n1", "n2"] as const;
const WORKER = /slurm_worker\.ts/;

Deno.test(
  { name: tagged("Slurm, its workers and a node killed, a leader killed, a run aborted", "slurm"), ignore },
  async (t) => {
    await using slurm = await startSlurm();
    await t.step(
      "no unit is lost, doubled or different while workers and a node are killed",
      () =>
        sweepUnderFire(slurm, {
          kill: () => processesOf(slurm.folder, WORKER),
          also: [{ after: 60, happens: () => slurm.loseNode() }],
        }),
    );
    await Deno.remove(`${slurm.folder}/store`, { recursive: true });
    await t.step("a run goes on after its leader was killed, and nothing is left of the first", async () => {
      await leaderIsKilled(slurm);
      await until("nothing runs", () => processesOf(slurm.folder, WORKER).length === 0);
    });
    await t.step("an aborted run ends its arrays", async () => {
      await runIsAborted(slurm);
      await until("nothing runs", () => processesOf(slurm.folder, WORKER).length === 0);
    });
    await t.step("what cannot run is said", async () => {
      const wrong = (on: string) =>
        run({ units: squares(2), on, store: `${slurm.folder}/wrong`, engine: "native" });
      await assert.rejects(wrong(`${slurm.on}?partition=nowhere`), /sbatch said: .*invalid partition/s);
      await assert.rejects(
        wrong(`${slurm.on}?deno=/no/deno`),
        /array tasks ended before they began.*\/no\/deno.*not found/s,
      );
      await assert.rejects(
        wrong("slurm:/no/such/folder"),
        /^RangeError: Cannot run on Slurm with the folder "\/no\/such\/folder"/,
      );
    });
    await t.step(
      "a run clears away what the killed leader left",
      () =>
        until("the folder is empty", async () => {
          const store = await Deno.makeTempDir({ dir: slurm.folder });
          await run({ units: squares(1), on: slurm.on, store, engine: "native" });
          return (await Array.fromAsync(Deno.readDir(`${slurm.folder}/shared`))).length === 0;
        }),
    );
  },
);

interface SlurmCluster extends Cluster {
  /** Ends a node's daemon and all that runs on it, and starts it again. */
  loseNode(): Promise<void>;
}

async function startSlurm(): Promise<SlurmCluster> {
  const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "slurm-" });
  const before = Deno.env.get("SLURM_CONF");
  const stop = async () => {
    if (before === undefined) Deno.env.delete("SLURM_CONF");
    else Deno.env.set("SLURM_CONF", before);
    await clearAway(folder);
  };
  try {
    await Deno.chmod(folder, 0o755);
    for (const name of ["munge", "state", "shared"]) await Deno.mkdir(`${folder}/${name}`, { mode: 0o700 });
    await Deno.writeFile(`${folder}/munge/key`, crypto.getRandomValues(new Uint8Array(1024)), {
      mode: 0o600,
    });
    await Deno.writeTextFile(`${folder}/slurm.conf`, configuration(folder));
    Deno.env.set("SLURM_CONF", `${folder}/slurm.conf`);
    const munge = ["key-file=key", "socket=socket", "pid-file=pid", "log-file=log", "seed-file=seed"]
      .map((option) => `--${option.replace("=", `=${folder}/munge/`)}`);
    start("/usr/sbin/munged", ["--foreground", "--force", ...munge]);
    await until("munged listens", () => existsSync(`${folder}/munge/socket`));
    start("/usr/sbin/slurmctld", ["-D"]);
    for (const node of NODES) start("/usr/sbin/slurmd", ["-D", "-N", node]);
    await until(
      "both nodes are idle",
      async () => /^2 idle/.test(await say("sinfo", "--noheader", "--format=%D %t")),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    on: `slurm:${folder}/shared`,
    folder,
    busy: async () => (await say("squeue", "--noheader")).trim() !== "",
    async loseNode() {
      for (const pid of processesOf(folder)) {
        const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
        const environment = Deno.readTextFileSync(`/proc/${pid}/environ`);
        if (/slurmd -D -N n2/.test(command) || environment.includes("SLURMD_NODENAME=n2")) killIfThere(pid);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
      start("/usr/sbin/slurmd", ["-D", "-N", "n2"]);
    },
    [Symbol.asyncDispose]: stop,
  };
}

function start(program: string, args: string[]): void {
  new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn().unref();
}

async function say(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}

function configuration(folder: string): string {
  const user = Deno.uid() === 0 ? "root" : Deno.env.get("USER");
  return `ClusterName=espalier
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${freePort()}
SlurmUser=${user}
SlurmdUser=${user}
AuthInfo=socket=${folder}/munge/socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,bf_interval=1
SlurmdTimeout=10
KillWait=2
StateSaveLocation=${folder}/state
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdPidFile=${folder}/%n.pid
SlurmdLogFile=${folder}/%n.log
SlurmdSpoolDir=${folder}/%n
${
    NODES.map((name) =>
      `NodeName=${name} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${freePort()} CPUs=1`
    ).join("\n")
  }
PartitionName=main Nodes=ALL Default=YES State=UP
`;
}
