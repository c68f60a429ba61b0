import { TypeError } from "../errors.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { learnedConstants } from "../onnx/learned.ts";
import { type DeclaredRole, isRole, ROLE_NAMES, withDeclaredRoles } from "../onnx/declared_roles.ts";
import type { Model } from "../onnx/model.ts";
import type { WeightRole } from "../onnx/operators/facts.ts";
import { type AnyTensor, isTensor, type Tensor } from "../tensor/tensor.ts";

/** A stored tensor that a network learned, as opposed to a constant of its computation. */
export interface Weight {
  /** Name of the tensor among the graph's initializers. */
  name: string;
  /** Role of the tensor for the operator that reads it. */
  role: WeightRole;
  /** Operator that reads it. */
  op: string;
  /** The stored tensor. */
  tensor: Tensor;
}

/**
 * The learned tensors of any model, in the order the graph reads them, by what reads them: never shape
 * constants, scalars of the arithmetic, masks, or the means and deviations that normalise the input. These
 * are what `countMacs` counts as parameters, what is trained, and running statistics; weights that are no
 * float16, float32 or float64 (integers of quantised layers, bfloat16) are counted alone. Constants that the
 * file holds in nodes are named as {@linkcode constantsToInitializers} names them. What is taken for the
 * wrong kind is put right by {@linkcode declareWeights}.
 */
export function weightsOf(model: Model): Weight[] {
  return learnedOf(model).filter((weight): weight is Weight => isFloat(weight.tensor));
}

/** A weight of a type that is not computed with here. */
export interface OtherWeight extends Omit<Weight, "tensor"> {
  /** The stored tensor: bfloat16, or codes that stand for floats. */
  tensor: AnyTensor;
}

/** The learned tensors that {@linkcode weightsOf} leaves out: bfloat16, and codes of quantised layers. */
export function otherWeightsOf(model: Model): OtherWeight[] {
  return learnedOf(model).filter(({ tensor }) => !isFloat(tensor));
}

/** The learned tensors of all types that a model stores. */
function learnedOf(model: Model): OtherWeight[] {
  const known = shaped(constantsToInitializers(model));
  return [...learnedConstants(known)].flatMap(([name, { role, op }]) => {
    const tensor = known.graph.initializers.get(name);
    return tensor ? [{ name, role, op, tensor }] : [];
  });
}

/**
 * The model in which stored tensors are what is declared here, whatever their place and numbers say: a weight
 * of some role, which is counted and trained, or a constant, which is neither. The model's file says so, too.
 *
 * @throws TypeError where the model stores no such tensor, or there is no such role
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "./mlp.ts";
 *
 * const model = declareWeights(mlp({ sizes: [4, 2] }), { "0.bias": "constant" });
 * assert.deepEqual(weightsOf(model).map(({ name }) => name), ["0.weight"]);
 * ```
 */
export function declareWeights(model: Model, roles: Readonly<Record<string, DeclaredRole>>): Model {
  const { initializers } = constantsToInitializers(model).graph;
  for (const [name, role] of Object.entries(roles)) {
    if (!isRole(role)) {
      throw new TypeError(
        `Cannot declare "${name}" to be ${JSON.stringify(role)}: expected one of ${ROLE_NAMES.join(", ")}`,
      );
    }
    const tensor = initializers.get(name);
    if (!isFloat(tensor)) {
      throw new TypeError(
        `Cannot declare "${name}" to be a ${role}: ` +
          `${
            tensor ? `it is ${tensor.type}, expected floats` : "the model stores no tensor of this name"
          }; ` +
          `weightsOf(model) and model.graph.initializers tell names`,
      );
    }
  }
  return withDeclaredRoles(model, new Map(Object.entries(roles)));
}

/**
 * The model with shapes where they can be inferred; weights of a model whose shapes contradict each other are
 * found without.
 */
function shaped(model: Model): Model {
  try {
    return inferShapes(model);
  } catch {
    return model;
  }
}

/** Whether a tensor holds floats that are computed with here: of 16, 32 or 64 bits, and no bfloat16. */
export function isFloat(tensor: AnyTensor | undefined): tensor is Tensor {
  return tensor !== undefined && isTensor(tensor) &&
    (tensor.type === "float32" || tensor.type === "float16" || tensor.type === "float64");
}
