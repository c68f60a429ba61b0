import type { Graph, Model } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { shareEqualNodes } from "../onnx/passes/equal_nodes.ts";
import { arrayOf } from "../tensor/arrays.ts";
import { type AnyTensor, isTensor } from "../tensor/tensor.ts";

/**
 * What ONNX Runtime looks for in a graph, by its own names, and does not find in a step that trains all of
 * its weights: quantised operators, and chains of inference that it has one operator for, whose inner values
 * the way back reads. Each look costs about as much as all nodes of the graph do once, and there are forty.
 * The last two find what {@linkcode sharedStep} has put together before.
 */
const IN_VAIN = [
  "EnsureUniqueDQForNodeUnit",
  "DoubleQDQPairsRemover",
  "QDQPropagationTransformer",
  "WeightBiasQuantization",
  "WhereDummyDq",
  "QDQS8ToU8Transformer",
  "QDQSelectorActionTransformer",
  "QDQFinalCleanupTransformer",
  "Level2_RuleBasedTransformer",
  "MatMulIntegerToFloatFusion",
  "DynamicQuantizeMatMulFusion",
  "MatMulNBitsFusion",
  "TransposeOptimizer_CPUExecutionProvider",
  "AttentionFusion",
  "EmbedLayerNormFusion",
  "GroupQueryAttentionFusion",
  "GroupQueryAttentionPreNormFusion",
  "LayerNormFusionL1",
  "LayerNormFusionL2",
  "SimplifiedLayerNormFusion",
  "SkipLayerNormFusion",
  "BiasSkipLayerNormFusion",
  "GeluFusionL1",
  "GeluFusionL2",
  "BiasGeluFusion",
  "FastGeluFusion",
  "QuickGeluFusion",
  "BiasSoftmaxFusion",
  "BiasDropoutFusion",
  "MatMulActivationFusion",
  "NchwcTransformer",
  "FuseFp16InitializerToFp32NodeTransformer",
  "ConstantSharing",
  "CommonSubexpressionElimination",
];

/**
 * Moves transposes along the graph, where some meet and cancel: those around convolutions do. It also moves
 * them away from products, which would have taken them in, and the factor behind them.
 */
const MOVES_TRANSPOSES = "TransposeOptimizer";

/** The model with what several nodes compute computed once. */
export function sharedStep(model: Model): Model {
  return removeDeadCode(model.withGraph({ ...model.graph, nodes: shareEqualNodes(model.graph) }));
}

/**
 * Options of a session for a step, as {@linkcode sharedStep} gives it, that spare it {@linkcode IN_VAIN} and
 * what would do harm.
 * None where a part of the graph multiplies by weights that it stores: what is frozen is inference.
 */
export function stepOptions({ graph }: Model): { extra?: Record<string, unknown> } {
  const frozen = graph.nodes.some((node) =>
    PRODUCTS.has(operatorOf(node)) &&
    node.inputs.some((input) => graph.initializers.has(input) && !isTable(graph.initializers.get(input)!))
  );
  if (frozen) return {};
  const left = productsTransposed(graph) ? [...IN_VAIN, MOVES_TRANSPOSES] : IN_VAIN;
  return { extra: { optimization: { disable_specified_optimizers: left.join(";") } } };
}

/** Whether products read most of what is transposed, as in attention and where tokens are mixed. */
function productsTransposed({ nodes }: Graph): boolean {
  const transposed = new Set(
    nodes.filter((node) => operatorOf(node) === "Transpose").flatMap(({ outputs }) => outputs),
  );
  const read = nodes.filter((node) => operatorOf(node) === "MatMul")
    .flatMap(({ inputs }) => inputs.filter((input) => transposed.has(input)));
  return 2 * read.length > transposed.size;
}

/** Whether a tensor is of zeros and ones, such as gradients multiply by to add up. */
function isTable(tensor: AnyTensor): boolean {
  return isTensor(tensor) && arrayOf(tensor).every((number) => number === 0 || number === 1);
}

const PRODUCTS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);
