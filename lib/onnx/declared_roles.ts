import { Model, type ModelInfo } from "./model.ts";
import type { WeightRole } from "./operators/facts.ts";

/** What a stored tensor is declared to be: a weight of some role, or a constant of the computation. */
export type DeclaredRole = WeightRole | "constant";

/** Where a model's file says so. */
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

/** The roles that a model declares, by name of the stored tensor; what a file says wrongly declares nothing. */
export function declaredRoles({ metadata }: Pick<ModelInfo, "metadata">): Map<string, DeclaredRole> {
  const text = Object.hasOwn(metadata, KEY) ? metadata[KEY]! : undefined;
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(JSON.parse(text) as object).filter(([, role]) => isRole(role)));
  } catch {
    return new Map();
  }
}

/** The model with these roles declared, beside those that it declares already. */
export function withDeclaredRoles(model: Model, roles: ReadonlyMap<string, DeclaredRole>): Model {
  if (roles.size === 0) return model;
  const all = new Map([...declaredRoles(model.info), ...roles]);
  const metadata = { ...model.info.metadata, [KEY]: JSON.stringify(Object.fromEntries(all)) };
  return new Model(model.graph, { ...model.info, metadata });
}

/** Whether it is the name of a role. */
export function isRole(role: unknown): role is DeclaredRole {
  return typeof role === "string" && Object.hasOwn(ROLES, role);
}

/** Names of all roles. */
export const ROLE_NAMES: readonly string[] = Object.keys(ROLES);
