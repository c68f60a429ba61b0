import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { requireDeno } from "../../kernels/jupyter/setup/deno_version.ts";
import { setUpJupyter } from "../../kernels/jupyter/setup/environment.ts";
import { placesOf } from "../../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../../kernels/jupyter/setup/problem.ts";
import { findPython } from "../../kernels/jupyter/setup/python.ts";
import { tagged } from "../tags.ts";

const ignore = Deno.build.os === "windows"; // the stand-ins are shell scripts

/** A folder to use as PATH, with programs that are shell scripts. */
async function pathWith(programs: Record<string, string>): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

/** Whether it is one sentence: a single line, that says what to do after a semicolon. */
function assertOneSentence(error: unknown, what: RegExp): true {
  assert.ok(error instanceof UserProblem, String(error));
  assert.match(error.message, what);
  assert.match(error.message, /; /);
  assert.doesNotMatch(error.message, /\n|\.$/);
  return true;
}

Deno.test("an old Deno is told what to do, a new one nothing", () => {
  for (const old of ["1.46.3", "2.0.0", "2.7.14", "2.7.0-rc.1"]) {
    assert.throws(() => requireDeno(old), (error) => assertOneSentence(error, /Deno .*deno upgrade/));
  }
  for (const good of ["2.8.0", "2.9.6", "2.10.0", "3.0.0", "2.9.6-rc.1"]) requireDeno(good);
});

Deno.test("no Python: says what to install", { ignore }, async () => {
  const PATH = await pathWith({});
  await assert.rejects(
    findPython({ PATH }),
    (error) => assertOneSentence(error, /no python3 on PATH; install/),
  );
});

Deno.test("an old Python: says what to install", { ignore }, async () => {
  const PATH = await pathWith({ python3: "echo 3.8.10" });
  await assert.rejects(findPython({ PATH }), (error) => assertOneSentence(error, /version 3\.8\.10/));
});

Deno.test("Python 2 under the name python does not count", { ignore }, async () => {
  const PATH = await pathWith({ python: "exit 1" });
  await assert.rejects(findPython({ PATH }), (error) => assertOneSentence(error, /no python3 on PATH/));
});

Deno.test("no venv module: says what to install", { ignore }, async () => {
  const PATH = await pathWith({ python3: "echo 3.11.2 ensurepip" });
  await assert.rejects(findPython({ PATH }), (error) => assertOneSentence(error, /ensurepip.*python3-venv/));
});

Deno.test("a later Python on PATH is taken when the first is too old", { ignore }, async () => {
  const PATH = await pathWith({ python3: "echo 3.8.10", python: "echo 3.12.1" });
  assert.deepEqual(await findPython({ PATH }), { program: "python", version: "3.12.1" });
});

Deno.test("no package index: says so in a sentence, and leaves no finished set-up", { ignore }, async () => {
  const folder = await Deno.makeTempDir();
  const places = placesOf(join(folder, "venv"));
  // Makes an environment whose Python fails as pip does without a network.
  const failing = "echo 'NewConnectionError: Failed to establish a new connection' >&2; exit 1";
  const PATH = await pathWith({
    python3: `case "$1" in
      -c) echo 3.11.2 ;;
      -m) /bin/mkdir -p "$4/bin"; printf '#!/bin/sh\\n%s\\n' "${failing}" > "$4/bin/python"; /bin/chmod +x "$4/bin/python" ;;
    esac`,
  });
  await assert.rejects(
    setUpJupyter({ places, env: { PATH }, say: () => {} }),
    (error) => assertOneSentence(error, /package index does not answer; connect/),
  );
  await assert.rejects(Deno.stat(places.stamp));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a venv that cannot be made: the reason and what often mends it", { ignore }, async () => {
  const folder = await Deno.makeTempDir();
  const PATH = await pathWith({
    python3: `case "$1" in -c) echo 3.11.2 ;; *) echo "Error: no space left" >&2; exit 1 ;; esac`,
  });
  await assert.rejects(
    setUpJupyter({ places: placesOf(join(folder, "venv")), env: { PATH }, say: () => {} }),
    (error) => assertOneSentence(error, /no space left; on Debian/),
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a link in a venv's place is refused, and what it leads to stays", { ignore }, async () => {
  const folder = await Deno.makeTempDir();
  const places = placesOf(join(folder, "venv"));
  await Deno.mkdir(join(folder, "elsewhere"));
  await Deno.writeTextFile(join(folder, "elsewhere/precious"), "");
  await Deno.symlink(join(folder, "elsewhere"), places.venv);
  const cleared = 'case "$1" in -c) echo 3.11.2 ;; *) /bin/rm -rf "$4"/* ;; esac';
  const PATH = await pathWith({ python3: cleared });
  await assert.rejects(
    setUpJupyter({ places, env: { PATH }, say: () => {} }),
    (error) =>
      assertOneSentence(error, /it is a link to .*elsewhere, which would be cleared; remove the link/),
  );
  await Deno.stat(join(folder, "elsewhere/precious"));
  await Deno.remove(folder, { recursive: true });
});

/** A Python whose environments are made at once, and whose pip writes each call into a file. */
async function quickPython(folder: string): Promise<string> {
  const program = `#!/bin/sh\necho pip >> ${folder}/calls\n/bin/sleep 0.2\n`;
  return await pathWith({
    python3: `case "$1" in
      -c) echo 3.11.2 ;;
      -m) /bin/mkdir -p "$4/bin"; /bin/rm -f "$4/espalier-setup.json"
          for name in python jupyter; do printf '${program.replaceAll("\n", "\\n")}' > "$4/bin/$name"; done
          /bin/chmod +x "$4/bin/python" "$4/bin/jupyter" ;;
    esac`,
  });
}

Deno.test(
  "set-up happens once, also when two ask at once, and mends what went missing",
  { ignore },
  async () => {
    const folder = await Deno.makeTempDir();
    const places = placesOf(join(folder, "venv"));
    const PATH = await quickPython(folder);
    const said: string[] = [];
    const setUp = () => setUpJupyter({ places, env: { PATH }, say: (line) => said.push(line) });
    const calls = async () => (await Deno.readTextFile(`${folder}/calls`)).trim().split("\n").length;

    await Promise.all([setUp(), setUp()]);
    assert.equal(await calls(), 1, "the second waited for the first");
    assert.equal(said.filter((line) => line.startsWith("Making")).length, 1);

    said.length = 0;
    await setUp();
    assert.deepEqual(said, [], "nothing to do");

    await Deno.remove(places.deno);
    await setUp();
    assert.equal(await calls(), 1, "only the kernel was made again");
    await Deno.stat(places.deno);

    await Deno.remove(places.stamp); // as after an interruption
    await setUp();
    assert.equal(await calls(), 2);
    await Deno.remove(folder, { recursive: true });
  },
);

Deno.test(tagged("no npm registry and nothing fetched: every task says so", "slow"), async () => {
  const cache = await Deno.makeTempDir();
  const nowhere = "http://127.0.0.1:9";
  const { venv } = await setUpJupyter();
  try {
    for (const name of ["reproduce", "test", "lab", "bench", "zoo", "ok"]) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", name],
        cwd: dirname(venv),
        env: { DENO_DIR: cache, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, NO_COLOR: "1" },
      }).output();
      const said = new TextDecoder().decode(stderr).trim();
      assert.deepEqual([code, new TextDecoder().decode(stdout)], [1, ""], `${name}: ${said}`);
      const last = said.replace(/^Fetching the npm packages that deno.lock names\n/, "");
      assert.match(
        last,
        /^Cannot download the npm packages: the registry does not answer; connect [^\n]*$/,
        name,
      );
    }
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
