import { join } from "node:path";
import { STATUS_BAR } from "../../tasks/lab.ts";
import { placesOf } from "../../kernels/jupyter/setup/paths.ts";

/** A JupyterLab for a test. */
export interface Lab {
  /** Address of a notebook's page, with the token. */
  address: (notebook: string) => string;
  /** Address of a part of its programs' interface, with the token. */
  api: (path: string) => string;
  /** Ends it by a signal, with nothing cleared away. */
  kill(signal: Deno.Signal): Promise<void>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** How {@linkcode startLab} starts it. */
export interface LabOptions {
  /** Whether its theme is the dark one. Default: the light one. */
  dark?: boolean;
  /** More environment variables. */
  env?: Record<string, string>;
  /** A program, with its arguments, that starts it in its turn. */
  through?: readonly string[];
}

/** Starts JupyterLab on a folder, with settings of its own so that the user's stay as they are. */
export async function startLab(
  folder: string,
  { dark = false, env = {}, through = [] }: LabOptions = {},
): Promise<Lab> {
  const places = placesOf();
  const settings = await Deno.makeTempDir({ prefix: "espalier-lab-" });
  const quiet = join(settings, "lab/@jupyterlab/apputils-extension");
  await Deno.mkdir(quiet, { recursive: true });
  await Deno.writeTextFile(join(quiet, "notification.jupyterlab-settings"), '{ "fetchNews": "false" }');
  const theme = JSON.stringify({ theme: `JupyterLab ${dark ? "Dark" : "Light"}` });
  await Deno.writeTextFile(join(quiet, "themes.jupyterlab-settings"), theme);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const token = crypto.randomUUID();
  const names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"];
  const [program, ...args] = [...through, places.program("jupyter"), "lab"];
  const child = new Deno.Command(program!, {
    args: [
      ...args,
      "--no-browser",
      "--allow-root",
      ...STATUS_BAR,
      `--ServerApp.root_dir=${folder}`,
      "--ServerApp.ip=127.0.0.1",
      `--ServerApp.port=${port}`,
      `--IdentityProvider.token=${token}`,
    ],
    env: {
      ...env,
      ...Object.fromEntries(names.map((name) => [name, join(settings, name)])),
      JUPYTERLAB_SETTINGS_DIR: join(settings, "lab"),
      JUPYTERLAB_WORKSPACES_DIR: join(settings, "workspaces"),
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let alive = true;
  const ended = child.status.then(() => alive = false);
  const kill = async (signal: Deno.Signal) => {
    if (alive) child.kill(signal);
    await ended;
  };
  const stop = async () => {
    await kill("SIGTERM");
    await Deno.remove(settings, { recursive: true }).catch(() => {});
  };
  const deadline = Date.now() + 60_000;
  while (true) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/api?token=${token}`);
      await response.body?.cancel();
      if (response.ok) break;
    } catch {
      // Not up yet.
    }
    if (!alive || Date.now() > deadline) {
      await stop();
      throw new Error("JupyterLab did not start");
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const at = (path: string) => `http://127.0.0.1:${port}/${path}?token=${token}`;
  return { address: (notebook) => at(`lab/tree/${notebook}`), api: (path) => at(`api/${path}`), kill, stop };
}
