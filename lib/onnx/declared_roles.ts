import { declarations, withDeclarations } from "./declarations.ts";
import type { Model, ModelInfo } from "./model.ts";
import type { WeightRole } from "./operators/facts.ts";

/** Declared role of a stored tensor: a weight of some kind, or a constant of the computation. */
export type DeclaredRole = WeightRole | "constant";

/** Key under which a model's file says so. */
const KEY = "espalier.roles";

const ROLES: Readonly<Record<DeclaredRole, true>> = {
  weight: true,
  bias: true,
  scale: true,
  slope: true,
  embedding: true,
  statistic: true,
  constant: true,
};

/** Names of all roles. */
export const ROLE_NAMES: readonly string[] = Object.keys(ROLES);

/** Whether a word is the name of a role. */
export function isRole(role: unknown): role is DeclaredRole {
  return typeof role === "string" && Object.hasOwn(ROLES, role);
}

/** The roles that a model declares, by name of the stored tensor. */
export function declaredRoles(info: Pick<ModelInfo, "metadata">): Map<string, DeclaredRole> {
  return declarations(info, KEY, isRole);
}

/** The model with these roles declared, beside those that it declares already. */
export function withDeclaredRoles(model: Model, roles: ReadonlyMap<string, DeclaredRole>): Model {
  return withDeclarations(model, KEY, roles);
}
