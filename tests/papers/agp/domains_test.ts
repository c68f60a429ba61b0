import assert from "node:assert/strict";
import { DOMAIN_NAMES, DOMAINS } from "../../../lib/papers/agp/domains.ts";
import { dataFile } from "../../data.ts";

const RELEASE = dataFile("agp/parity_fixtures.json");

Deno.test({
  name: "role graphs are those of the reference",
  ignore: !RELEASE,
  async fn() {
    const fixtures = JSON.parse(await Deno.readTextFile(RELEASE!));
    for (const domain of DOMAIN_NAMES) {
      assert.deepEqual(DOMAINS[domain].roleGraph, fixtures[domain].role_adjacency);
    }
  },
});

Deno.test("every role speaks to another, none to itself, and each has a row and a column", () => {
  for (const { roles, roleGraph } of Object.values(DOMAINS)) {
    assert.equal(new Set(roles).size, roles.length);
    assert.deepEqual(roleGraph.map((row) => row.length), roles.map(() => roles.length));
    roleGraph.forEach((row, i) => assert.ok(row[i] === 0 && row.some((link) => link === 1)));
  }
});
