import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { declaredRoles, isRole, ROLE_NAMES, withDeclaredRoles } from "../../lib/onnx/declared_roles.ts";
import { operators } from "../../lib/onnx/operators/table.ts";

Deno.test("each role that an operator gives an input can be declared, and is read again", () => {
  const given = Object.values(operators).flatMap(({ learned = {} }) => Object.values(learned));
  const roles = new Set<string>(given.map(({ role }) => role).concat("embedding"));
  assert.deepEqual(ROLE_NAMES.toSorted(), [...roles, "constant"].sort());
  const model = new GraphBuilder("roles").model();
  const all = new Map(ROLE_NAMES.filter(isRole).map((role, i) => [`w${i}`, role]));
  assert.deepEqual(declaredRoles(withDeclaredRoles(model, all).info), all);
});

Deno.test("inherited names and other words are no roles", () => {
  assert.ok(!["toString", "__proto__", "Weight", "", undefined, 1].some(isRole));
});
