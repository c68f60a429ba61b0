import { Error } from "../../errors.ts";

/**
 * Slurm's own programs, as far as arrays of one run need them; the run's name is the name of all its arrays.
 */
export interface Slurm {
  /** Array tasks that can run at once, if nobody else is there. */
  slots(partition: string | undefined, cpus: number): Promise<number>;
  /** Submits a script as an array of so many tasks, and gives its number. */
  submit(options: readonly string[], script: string): Promise<string>;
  /**
   * States of the array tasks that wait or run, by number (`17_4`); nothing where the controller does not
   * answer.
   */
  queue(run: string): Promise<Map<string, string> | undefined>;
  /** Ends all arrays of a run. */
  cancel(run: string): Promise<void>;
}

/** Slurm by the programs of this machine. */
export const slurm: Slurm = {
  async slots(partition, cpus) {
    const { output } = await call("sinfo", ["--noheader", "--format=%R|%P|%C"]);
    const total = output.trim().split("\n").map((line) => line.split("|"))
      .filter(([name, marked]) =>
        partition === undefined ? marked?.endsWith("*") : partition.split(",").includes(name!)
      )
      .reduce((sum, [, , counts]) => sum + Number(counts?.split("/").at(-1) ?? 0), 0); // allocated/idle/other/total
    return Math.max(1, Math.floor(total / cpus));
  },
  async submit(options, script) {
    const { output } = await call("sbatch", ["--parsable", ...options], script);
    return output.trim().split(";")[0]!;
  },
  async queue(run) {
    try {
      const { output } = await call("squeue", ["--noheader", "--array", `--name=${run}`, "--format=%i|%t"]);
      return new Map(
        output.trim().split("\n").filter(Boolean).map((line) => line.split("|") as [string, string]),
      );
    } catch {
      return undefined;
    }
  },
  async cancel(run) {
    await call("scancel", [`--name=${run}`]).catch(() => {}); // there may be none any more
  },
};

/** @throws Error with what the program said, where it failed or is not there */
async function call(program: string, args: readonly string[], input = ""): Promise<{ output: string }> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
      .spawn();
  } catch (error) {
    throw new Error(
      `Cannot run ${program}: ${(error as Error).message}; run on a machine from which one submits to Slurm`,
      { cause: error },
    );
  }
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot use Slurm: ${program} said: ${text.decode(stderr).trim()}`);
  return { output: text.decode(stdout) };
}
