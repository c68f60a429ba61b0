import { join } from "node:path";
import { placesOf } from "../../kernels/jupyter/setup/paths.ts";

/** A JupyterLab for a test: its address with the token, and how to end it. */
export interface Lab {
  address: (notebook: string) => string;
  stop(): Promise<void>;
}

/** Starts JupyterLab on a folder, with settings of its own so that the user's stay as they are. */
export async function startLab(folder: string, { dark = false }: { dark?: boolean } = {}): Promise<Lab> {
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
  const child = new Deno.Command(places.program("jupyter"), {
    args: [
      "lab",
      "--no-browser",
      "--allow-root",
      `--ServerApp.root_dir=${folder}`,
      "--ServerApp.ip=127.0.0.1",
      `--ServerApp.port=${port}`,
      `--IdentityProvider.token=${token}`,
    ],
    env: {
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
  const stop = async () => {
    if (alive) child.kill("SIGTERM");
    await ended;
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
  return { address: (notebook) => `http://127.0.0.1:${port}/lab/tree/${notebook}?token=${token}`, stop };
}
