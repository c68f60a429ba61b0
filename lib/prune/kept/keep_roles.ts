import { type DeclaredRole, withDeclaredRoles } from "../../onnx/declared_roles.ts";
import { learnedConstants } from "../../onnx/learned.ts";
import type { Model } from "../../onnx/model.ts";

/**
 * The pruned model, in which stored tensors are what they were before channels left. By what is left of them
 * some would be taken for something else: the one row of a table of factors has the form of a learned scale,
 * and a scale of which a single number is left that of a setting. So the model declares them.
 *
 * @param inferred the pruned model, with inferred types and shapes
 * @param before the model before, with inferred types and shapes
 */
export function keepRoles(smaller: Model, inferred: Model, before: Model): Model {
  const [was, is] = [learnedConstants(before), learnedConstants(inferred)];
  const roles = new Map<string, DeclaredRole>();
  for (const [name, tensor] of inferred.graph.initializers) {
    const old = before.graph.initializers.get(name);
    if (old === undefined || old === tensor) continue;
    const role = was.get(name)?.role;
    if (role !== is.get(name)?.role) roles.set(name, role ?? "constant");
  }
  return withDeclaredRoles(smaller, roles);
}
