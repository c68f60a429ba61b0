/**
 * Models: ONNX graphs with their tensors as data, read, written, built, analysed, differentiated and
 * rewritten.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs, decodeModel, float32, GraphBuilder } from "./mod.ts";
 *
 * const g = new GraphBuilder("one layer");
 * const weight = g.parameter("weight", float32([1, 2, 3, 4, 5, 6], [3, 2]));
 * g.output(g.relu(g.matMul(g.input("x", "float32", ["N", 3]), weight)), "y");
 *
 * const again = decodeModel(g.model().toOnnx()); // as a file would hold it
 * assert.deepEqual(countMacs(again), { macs: 6, parameters: 6 });
 * ```
 *
 * @module
 */
export { type Attribute, type AttributeLike, type Attributes } from "./attribute.ts";
export { GraphBuilder, type ReduceOptions, type Value, type WindowOptions } from "./builder.ts";
export type { GraphEditor } from "./graph_editor.ts";
export { type Cost, countMacs } from "./count_macs.ts";
export { type Call, type Scope, shapeAt, type ShapeRule, typeAt } from "./shapes/call.ts";
export { sameAsFirst } from "./shapes/elementwise.ts";
export type { GradientCall, GradientRule } from "./gradients/call.ts";
export type {
  LearnedInput,
  MacAxes,
  MacFacts,
  NodeShapes,
  OperatorFacts,
  WeightAxes,
  WeightRole,
} from "./operators/facts.ts";
export { type ComposedOf, composeOperators } from "./passes/compose_operators.ts";
export { removeDeadCode } from "./passes/dead_code.ts";
export { decodeModel, type DecodeOptions } from "./codec/decode.ts";
export type { LocalFunction } from "./codec/decode_function.ts";
export { type ExternalReference, type ResolveExternal } from "./codec/decode_tensor.ts";
export { type Dim, type Shape, shapeSize } from "./dim.ts";
export { backward, type BackwardOptions, type Gradients, gradients } from "./gradients.ts";
export { constantsToInitializers } from "./passes/constants_to_initializers.ts";
export { inferShapes, type InputShapes } from "./infer_shapes.ts";
export { type Graph, Model, type ModelInfo, type Node, OPSET, type ValueInfo } from "./model.ts";
export {
  type AnyTensor,
  type DataType,
  type OpaqueTensor,
  type OpaqueType,
  type TensorType,
} from "../tensor/tensor.ts";
export { straightThrough } from "./straight_through.ts";
export type { Use } from "./topology.ts";
export { inlineFunctions } from "./passes/inline_functions.ts";
export { upgradeOpset } from "./upgrade.ts";
export { float32, int64, numbersOf, Tensor } from "../tensor/tensor.ts";
export { elements, floats } from "../tensor/arrays.ts";
