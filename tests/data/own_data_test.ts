/** What users may bring: the list, the page that tells of it, and the code that reads it. */
import assert from "node:assert/strict";
import { fetchData } from "../../lib/data/fetch.ts";
import { missing } from "../../lib/data/folders.ts";
import { MANIFEST } from "../../lib/data/manifest.ts";
import { OWN_DATA } from "../../lib/data/own_data.ts";
import { PACKAGED_MODELS } from "../../lib/data/package_manifest.ts";
import { questionFolders } from "../../lib/papers/agp/chats/benches.ts";
import { type AgpPreset, PRESETS as AGP } from "../../lib/papers/agp/presets.ts";
import { type AxPreset, PRESETS as AXFORMER } from "../../lib/papers/axformer/presets.ts";
import { dataOf } from "../../lib/papers/axformer/real.ts";
import { type LrmPreset, PRESETS as COMPRESSED_LRM } from "../../lib/papers/compressed_lrm/presets.ts";
import { FILES } from "../../lib/papers/compressed_lrm/text_subject.ts";
import { type MetaPreset, PRESETS as META_PRUNING } from "../../lib/papers/meta_pruning/presets.ts";
import { type OptEmbedPreset, PRESETS as OPT_EMBED } from "../../lib/papers/opt_embed/presets.ts";
import { REAL_LOGS } from "../../lib/papers/opt_embed/real_logs.ts";
import { PAPERS } from "../../lib/papers/papers.ts";
import { BENCHMARKS } from "../../lib/questions/benchmarks.ts";
import { filesIn, ROOT } from "../house/tree.ts";

/** Names of all folders that are told of: those that are downloaded, and those that users bring. */
const TOLD = [MANIFEST, PACKAGED_MODELS, OWN_DATA].flatMap((list) => Object.keys(list));

/** The presets that a row names behind the number of a notebook. */
function presetsIn(usedBy: string, notebook: string): string[] {
  const named = usedBy.match(new RegExp(`notebook ${notebook}: ([^;]*)`))?.[1] ?? "";
  const all = Object.entries(PAPERS).find(([name]) => name.startsWith(notebook))![1].presets;
  if (/^all presets/.test(named)) return Object.keys(all);
  const presets = [...named.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
  for (const name of presets) {
    assert.ok(Object.hasOwn(all, name), `notebook ${notebook} has no preset ${name}`);
  }
  return presets;
}

Deno.test("the page's table of data that users bring is the list", async () => {
  const page = await Deno.readTextFile(new URL("docs/experiments.md", ROOT));
  const section = page.slice(page.indexOf("\n## Data of your own\n")).split("\n## ", 2).join("\n## ");
  const rows = [...section.matchAll(/^\| (`.*) \|$/gm)].map(([, row]) =>
    row!.split(" | ").map((cell) => cell.trim())
  );
  assert.deepEqual(
    rows,
    Object.entries(OWN_DATA).map((
      [name, { title, layout, usedBy }],
    ) => [`\`${name}/\``, title, layout, usedBy]),
  );
});

Deno.test("every folder of data that the library looks for is told of", async () => {
  const literals = (await Promise.all(
    filesIn("lib", ".ts").map(async (path) => {
      const code = await Deno.readTextFile(new URL(path, ROOT));
      return [...code.matchAll(/dataFolders\("([^"]+)"\)|folderName: "([^"]+)"|packagedModel\("([^"]+)"\)/g)]
        .map(([, ...names]) => names.find((name) => name !== undefined)!);
    }),
  )).flat();
  assert.ok(literals.length > 10, `only ${literals.length} names were found`);
  const tables = [
    ...Object.values(BENCHMARKS).map(({ folder }) => folder),
    ...Object.values(REAL_LOGS).map(({ folder }) => folder),
    ...Object.values(FILES).flat().map((path) => path.split("/")[0]!),
    ...Object.values<AxPreset>(AXFORMER).flatMap(({ real }) => real.map(({ encoder }) => encoder)),
  ];
  for (const name of [...literals, ...tables]) assert.ok(TOLD.includes(name), `${name} is told of nowhere`);
});

/** The folders that a notebook's presets read, as far as presets name them. */
const READ: Readonly<Record<string, [notebook: string, folders: readonly string[]][]>> = {
  "01": Object.entries<MetaPreset>(META_PRUNING).map(([name, { data, transfer }]) => [
    name,
    [data, ...transfer?.data?.map(({ set }) => set) ?? []].map((set) => set.replace(/-224$/, "")),
  ]),
  "02": Object.entries<AgpPreset>(AGP).map((
    [name, { chats }],
  ) => [name, chats.answers === "smallest" ? ["lm"] : questionFolders(chats.benchmarks)]),
  "03": Object.entries<AxPreset>(AXFORMER).map(([name, { real }]) => [
    name,
    real.flatMap(({ tasks, ...spec }) => tasks.flatMap((task) => dataOf({ ...spec, task, seed: 0 }))),
  ]),
  "04": Object.entries<OptEmbedPreset>(OPT_EMBED).map((
    [name, { real }],
  ) => [name, real.map(({ log }) => REAL_LOGS[log].folder)]),
  "06": Object.entries<LrmPreset>(COMPRESSED_LRM).map(([name, { real, served }]) => [
    name,
    [
      "lm",
      ...real ? ["wikitext2"] : [],
      ...served?.benchmarks.map((benchmark) => BENCHMARKS[benchmark].folder) ?? [],
    ],
  ]),
};

Deno.test("each preset that reads a folder stands in its row, and no other", () => {
  for (const [notebook, presets] of Object.entries(READ)) {
    for (const [folder, { usedBy }] of Object.entries(OWN_DATA)) {
      // What AGP released, and SST-2, are read by all presets where they are there.
      if (folder.startsWith("agp") || folder === "sst2") continue;
      const readers = presets.filter(([, folders]) => folders.includes(folder)).map(([name]) => name);
      assert.deepEqual(presetsIn(usedBy, notebook).toSorted(), readers.toSorted(), `${notebook}, ${folder}`);
    }
  }
  for (const { usedBy } of Object.values(OWN_DATA)) {
    for (const [, notebook] of usedBy.matchAll(/notebook (\d\d):/g)) {
      assert.ok(presetsIn(usedBy, notebook!).length > 0);
    }
  }
});

Deno.test("what is missing is told with the way to it: a download only where there is one", () => {
  const say = (name: string) => missing("it", name, ["/a"]).message;
  assert.match(
    say("cifar10"),
    /deno task data cifar10`, or set ESPALIER_DATA to a folder that has cifar10\/$/,
  );
  assert.match(say("resnet/resnet56.th"), /deno task data resnet`, or .* has resnet\/resnet56\.th$/);
  assert.match(say("smollm2-135m-instruct"), /deno task data smollm2-135m-instruct/);
  for (const [name, { page }] of Object.entries(OWN_DATA)) {
    assert.ok(say(`${name}/part`).includes(`get it from ${page} and put there `), say(name));
    assert.doesNotMatch(say(name), /deno task|`/);
  }
  assert.equal(
    say("mine"),
    "Cannot find it: looked in /a; put it there, or set ESPALIER_DATA to a folder that has mine/",
  );
});

Deno.test("who asks to download what is not downloaded is told where to get it", async () => {
  for (const [name, { page }] of Object.entries(OWN_DATA)) {
    await assert.rejects(
      fetchData([name]),
      ({ message }: Error) => message.includes(`not downloaded for you: get it from ${page}`),
    );
  }
});
