import assert from "node:assert/strict";
import { type Kind, unit } from "../../lib/experiment/mod.ts";
import { nameOf } from "../../lib/experiment/task.ts";
import { unitName } from "../../lib/experiment/unit_name.ts";

const kind: Kind<{ a: number; b?: number; data?: string }> = {
  name: "toy/kind",
  version: 1,
  module: import.meta.url,
  data: ({ data }) => data === undefined ? [] : [data],
  label: () => "a toy",
  work: () => Promise.resolve({ rows: [] }),
};
const circumstances = { engine: "native", machine: "this one", digests: { set: "1", other: "2" } };

Deno.test("a unit's name follows from everything that its result depends on, and from nothing else", () => {
  const base = unit(kind, { a: 1, b: 2 });
  const name = nameOf(base, circumstances);
  assert.match(name, /^[0-9a-f]{64}$/);
  assert.equal(nameOf(unit({ ...kind, label: () => "other words" }, { b: 2, a: 1 }), circumstances), name);
  assert.equal(nameOf(base, { ...circumstances, machine: "another one" }), name);
  const others = [
    nameOf(unit(kind, { a: 1, b: 3 }), circumstances),
    nameOf(unit({ ...kind, version: 2 }, base.spec), circumstances),
    nameOf(unit({ ...kind, name: "toy/other" }, base.spec), circumstances),
    nameOf(unit(kind, base.spec, { of: base }), circumstances),
    nameOf(unit(kind, base.spec, { on: base }), circumstances),
    nameOf(unit(kind, base.spec, { of: unit(kind, { a: 9 }) }), circumstances),
    nameOf(base, { ...circumstances, engine: "wasm" }),
    nameOf(unit(kind, { ...base.spec, data: "set" }), circumstances),
    nameOf(unit(kind, { ...base.spec, data: "set" }), { ...circumstances, digests: { set: "3" } }),
    nameOf(unit({ ...kind, timing: true }, base.spec), circumstances),
    nameOf(unit({ ...kind, timing: true }, base.spec), { ...circumstances, machine: "another one" }),
  ];
  assert.equal(new Set([name, ...others]).size, 1 + others.length);
});

Deno.test("a spec that JSON would change is refused", () => {
  assert.throws(
    () => unitName(unit(kind, { a: NaN }), {}, circumstances),
    /^TypeError: Cannot write toy\/kind\.spec\.a/,
  );
});
