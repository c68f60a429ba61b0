import { UserProblem } from "./problem.ts";
import { compareVersions } from "./deno_version.ts";

/** A Python that can make virtual environments. */
export interface Python {
  /** Path of the program. */
  program: string;
  /** Version of Python: `3.12.1`. */
  version: string;
}

/** Use of a Python, and the versions that fit. */
interface Need {
  /** Name in messages of the program that needs a Python. */
  name: string;
  /** The oldest version that it runs on. */
  oldestPython: string;
}

const QUESTION = `import sys, importlib.util as u
print(".".join(map(str, sys.version_info[:3])), *(m for m in ("venv", "ensurepip") if u.find_spec(m) is None))`;

const HOW_TO_INSTALL: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "`apt install python3 python3-venv` on Debian and Ubuntu, `dnf install python3` on Fedora",
  darwin: "`brew install python`, or from python.org",
  windows: "`winget install Python.Python.3.13`",
};

/**
 * The first Python on PATH that is new enough and has venv.
 *
 * @throws UserProblem that says what to install
 */
export async function findPython(
  env: Record<string, string> = {},
  { name, oldestPython: oldest }: Need = { name: "JupyterLab", oldestPython: "3.10" },
): Promise<Python> {
  const install = HOW_TO_INSTALL[Deno.build.os] ?? "from python.org";
  const problems: string[] = [];
  for (const program of ["python3", "python"]) {
    const answer = await ask(program, env);
    if (!answer) continue;
    const [version, ...missing] = answer;
    if (compareVersions(version, oldest) < 0) {
      problems.push(
        `Cannot set up ${name}: ${program} is version ${version}, and it needs Python ${oldest} or ` +
          `newer; install it (${install})`,
      );
    } else if (missing.length) {
      problems.push(
        `Cannot set up ${name}: ${program} ${version} lacks its ${
          missing.join(" and ")
        } module; install it ` +
          `(on Debian and Ubuntu: \`apt install python3-venv\`)`,
      );
    } else return { program, version };
  }
  throw new UserProblem(
    problems[0] ??
      `Cannot set up ${name}: there is no python3 on PATH; install Python ${oldest} or newer (${install})`,
  );
}

/**
 * The version and the modules that are missing; `undefined` where the program is not there or is no Python 3.
 */
async function ask(program: string, env: Record<string, string>): Promise<[string, ...string[]] | undefined> {
  try {
    const command = new Deno.Command(program, { args: ["-c", QUESTION], env, stdin: "null", stderr: "null" });
    const { success, stdout } = await command.output();
    const words = new TextDecoder().decode(stdout).trim().split(" ");
    return success && /^\d+\.\d+/.test(words[0]!) ? words as [string, ...string[]] : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return undefined;
    }
    throw error;
  }
}
