/**
 * Which matrices of a language model a behaviour goes through: its direction in what each linear layer gives,
 * and attribution by gradients.
 *
 * ```ts ignore
 * import { annotate, attribution, steeringVectors } from "./mod.ts";
 *
 * const answers = texts.map(({ ids, prompt, annotations }) => annotate(model, ids, prompt.length,
 * annotations));
 * const vectors = await steeringVectors(model.graph, answers);
 * const importance = await attribution(model.graph, answers, vectors);
 * ```
 *
 * @module
 */
export { annotate, type AnnotatedAnswer, type Annotation, type BehaviourSpan } from "./annotated_answer.ts";
export { attribution, type AttributionOptions, type Importance } from "./attribution.ts";
export { importanceShift, relativeImportance } from "./relative_importance.ts";
export { type SteeringOptions, type SteeringVectors, steeringVectors } from "./steering_vectors.ts";
