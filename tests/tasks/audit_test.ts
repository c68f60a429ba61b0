/** The audit of dependencies, against registries on this machine. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isUnanswered } from "../../tasks/audit.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Audits with a registry that answers so: the exit code, and what was said. */
async function audit(
  answer: (asked: Record<string, string[]>) => Response,
): Promise<{ code: number; said: string }> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => answer(await request.json()),
  );
  try {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "tasks/main.ts", "audit"],
      cwd: ROOT,
      env: { NO_COLOR: "1", NPM_CONFIG_REGISTRY: `http://127.0.0.1:${server.addr.port}/` },
    }).output();
    return { code, said: new TextDecoder().decode(stderr) };
  } finally {
    await server.shutdown();
  }
}

const vulnerable = {
  id: 1,
  url: "http://localhost/1",
  title: "meant to be bad",
  severity: "high",
  vulnerable_versions: "<9",
  cwe: [],
  cvss: { score: 0, vectorString: null },
};

Deno.test("the packages of deno.lock are asked for, and one that is vulnerable fails the gate", async () => {
  let asked: Record<string, string[]> = {};
  const clean = await audit((packages) => {
    asked = packages;
    return Response.json({});
  });
  assert.equal(clean.code, 0, clean.said);
  assert.match(clean.said, /No known vulnerabilities/);
  const lock = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.lock`));
  const names = Object.keys(lock.npm).map((name) =>
    name.slice(0, name.lastIndexOf("@")).replace(/(?<=.)@.*$/, "")
  );
  assert.deepEqual(Object.keys(asked).sort(), [...new Set(names)].sort());

  const bad = await audit(() => Response.json({ fflate: [vulnerable] }));
  assert.equal(bad.code, 1);
  assert.match(bad.said, /meant to be bad[^]*fflate/);
});

Deno.test("a registry that does not answer the question is told, and fails nothing", async () => {
  for (const status of [404, 500]) {
    const { code, said } = await audit(() => new Response("no", { status }));
    assert.equal(code, 0);
    assert.match(said, /^Not audited: the npm registry does not answer \(error: .+\)$/m);
  }
});

Deno.test("a lock file that cannot be read is no registry that does not answer", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/deno.lock`, "{} no lock file");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["audit", `--lock=${folder}/deno.lock`],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.ok(!success && !isUnanswered(said), said);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
