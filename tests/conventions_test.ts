/** What forges, editors and citation managers read: each in its form, and true of this repository. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { parse as parseYaml } from "npm:yaml@2.9.1";
import { VERSION } from "../lib/version.ts";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** Version of Deno that the README tells users to run. */
const DENO = (await read("README.md")).match(/npx -y deno@([\d.]+) task/)![1]!;

Deno.test("deno.json, the library and the citation are of one version and licence", async () => {
  const { version, license } = JSON.parse(await read("deno.json"));
  const citation = await read("CITATION.cff");
  const field = (name: string) => citation.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
  assert.equal(VERSION, version);
  assert.deepEqual([field("version"), field("license"), field("cff-version")], [version, license, "1.2.0"]);
  // Required by version 1.2.0 of the format, https://citation-file-format.github.io.
  for (const name of ["cff-version", "message", "title", "authors"]) {
    assert.match(citation, new RegExp(`^${name}:`, "m"));
  }
});

Deno.test("the workflow runs tasks and parts of the gate that there are, on the README's Deno", async () => {
  const { tasks } = JSON.parse(await read("deno.json"));
  const workflow = await read(".github/workflows/test.yml");
  const lines = [...workflow.matchAll(/^ *- run: deno task (\S+) ?(.*)$/gm)];
  assert.ok(lines.length >= 3);
  for (const [, name] of lines) assert.ok(Object.hasOwn(tasks, name!), `there is no task ${name}`);
  const parts = lines.find(([, name]) => name === "ok")![2]!.split(" ");
  const gate = await read("tasks/ok.ts");
  for (const part of parts) assert.match(gate, new RegExp(`^ {2}${part}: \\[`, "m"));
  const versions = [...workflow.matchAll(/deno-version: v(\S+)/g)].map(([, version]) => version);
  assert.ok(versions.length >= 3 && versions.every((version) => version === DENO), `${versions}`);
});

/** Fields of an object, whether each is needed, and what its value is. */
type Form = Readonly<Record<string, { needed?: true; holds: (value: unknown) => boolean }>>;

/** What is wrong with an object in such a form, if anything. */
function faultsOf(value: unknown, form: Form, at: string): string[] {
  if (!isObject(value)) return [`${at} is no mapping`];
  return [
    ...Object.entries(form).filter(([name, { needed }]) => needed && !(name in value))
      .map(([name]) => `${at} lacks ${name}`),
    ...Object.entries(value).filter(([name, one]) => !Object.hasOwn(form, name) || !form[name]!.holds(one))
      .map(([name]) => `${at}: ${name} is none of its fields, or of another kind`),
  ];
}

const isText = (value: unknown) => typeof value === "string";
const isBoolean = (value: unknown) => typeof value === "boolean";
const isMinutes = (value: unknown) => Number.isInteger(value) && Number(value) > 0;
const isList = (value: unknown) => Array.isArray(value);
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

/**
 * A workflow, its jobs and their steps, as far as ours use them:
 * https://json.schemastore.org/github-workflow.json.
 */
const WORKFLOW: Form = {
  name: { holds: isText },
  on: { needed: true, holds: (value) => isText(value) || isTexts(value) || isObject(value) },
  permissions: {
    holds: (value) =>
      isObject(value) &&
      Object.values(value).every((one) => ["read", "write", "none"].includes(one as string)),
  },
  concurrency: {
    holds: (value) =>
      faultsOf(
        value,
        { group: { needed: true, holds: isText }, "cancel-in-progress": { holds: isBoolean } },
        "",
      )
        .length === 0,
  },
  jobs: { needed: true, holds: (value) => isObject(value) && Object.keys(value).length > 0 },
};
const JOB: Form = {
  "runs-on": { needed: true, holds: isText },
  "timeout-minutes": { holds: isMinutes },
  strategy: {
    holds: (value) =>
      faultsOf(value, { "fail-fast": { holds: isBoolean }, matrix: { needed: true, holds: isObject } }, "")
        .length === 0,
  },
  steps: { needed: true, holds: isList },
};
const STEP: Form = {
  name: { holds: isText },
  if: { holds: isText },
  uses: { holds: (value) => /^[\w.-]+\/[\w./-]+@[\w.-]+$/.test(`${value}`) },
  with: { holds: (value) => isObject(value) && Object.values(value).every((one) => typeof one !== "object") },
  run: { holds: isText },
};

/** What is wrong with a workflow, if anything. */
function workflowFaults(text: string): string[] {
  const workflow = parseYaml(text);
  const faults = faultsOf(workflow, WORKFLOW, "the workflow");
  for (const [name, job] of Object.entries(workflow?.jobs ?? {})) {
    faults.push(...faultsOf(job, JOB, name));
    for (const [i, step] of ((job as { steps?: unknown[] } | null)?.steps ?? []).entries()) {
      faults.push(...faultsOf(step, STEP, `${name}, step ${i}`));
      if (isObject(step) && ("uses" in step) === ("run" in step)) {
        faults.push(`${name}, step ${i}: expected either uses or run`);
      }
    }
  }
  return faults;
}

Deno.test("the workflow is in the form of its schema", async () => {
  const text = await read(".github/workflows/test.yml");
  assert.deepEqual(workflowFaults(text), []);
  const broken: [string, string, RegExp][] = [
    ["runs-on: ubuntu-latest", "run-on: ubuntu-latest", /gate lacks runs-on/],
    ["timeout-minutes: 30", "timeout-minutes: soon", /gate: timeout-minutes is none/],
    ["- run: deno task test --quick", "- runs: deno task test", /test, step \d: expected either uses or run/],
    ["actions/checkout@v4", "actions/checkout", /step 0: uses is none/],
    ["jobs:", "job:", /the workflow lacks jobs/],
  ];
  for (const [from, to, said] of broken) {
    assert.ok(text.includes(from));
    assert.match(workflowFaults(text.replace(from, to)).join("\n"), said);
  }
});

/** Fields of a dev container that is made from an image, as https://containers.dev/implementors/json_schema has them. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  $schema: (value) => URL.canParse(`${value}`),
  name: (value) => typeof value === "string",
  image: (value) => typeof value === "string",
  features: (value) =>
    isObject(value) && Object.values(value).every((one) => isObject(one) || typeof one === "string"),
  postCreateCommand: (value) => typeof value === "string",
  forwardPorts: (value) =>
    Array.isArray(value) && value.every((port) => Number.isInteger(port) && port < 65536),
  portsAttributes: (value) =>
    isObject(value) &&
    Object.values(value).every((port) => Object.keys(port as object).every((key) => key === "label")),
  customizations: isObject,
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

Deno.test("the dev container is in the form of its schema, and has the README's Deno", async () => {
  const container = JSON.parse(await read(".devcontainer/devcontainer.json"));
  assert.ok("image" in container);
  for (const [name, value] of Object.entries(container)) {
    assert.ok(
      Object.hasOwn(FIELDS, name) && FIELDS[name]!(value),
      `its field ${name} is none, or of another type`,
    );
  }
  assert.ok(container.postCreateCommand.includes(`deno@${DENO}`));
});

Deno.test("the index of the documentation leads to every page and every example", async () => {
  const index = await read("docs/README.md");
  for (const folder of ["docs", "docs/examples"]) {
    for (const { name } of Deno.readDirSync(new URL(folder, ROOT))) {
      if (name === "README.md" || !/\.(md|ts)$/.test(name)) continue;
      const path = `${folder}/${name}`.replace("docs/", "");
      assert.ok(index.includes(`](${path})`), `docs/README.md links nowhere to ${path}`);
    }
  }
  assert.ok(existsSync(new URL("CONTRIBUTING.md", ROOT)));
});
