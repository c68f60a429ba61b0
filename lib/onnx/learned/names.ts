import { CONSTANT_NAME } from "../builder.ts";

/** Names that exporters give to what the code of a network makes on the spot. */
const LITERAL = new RegExp(
  "^(const|/)|constant|_output_\\d+$|" +
    "^(arange|clone|empty|expand|full|lift_fresh_copy|ones|scalar_tensor|tensor|zeros)(_like)?(_\\d+)?$",
  "i",
);

/** Names that exporters give to what they compute themselves, from constants or from parameters. */
const RENAMED = /^(onnx::|\d+$|val(_\d+)?$)/i;

/** Names that exporters give to what they computed from constants: the function, and which of them. */
const FOLDED = new RegExp(
  "^_?(abs|add|alias|bmm|cat|clamp|convert|cos|cumsum|detach|div|exp|flip|gather|getitem|index|log|matmul|mean|" +
    "minimum|maximum|mm|mul|neg|pad|permute|pow|relu|repeat|reshape|roll|rsub|select|sigmoid|sin|slice|" +
    "softmax|softplus|sqrt|rsqrt|squeeze|stack|sub|sum|tanh|to|transpose|tril|triu|unbind|unsafe|unsqueeze|" +
    "upsample|view|where)(_(as|copy|dim|element_type|max|min|nd|scatter|view))?(_\\d+)?$",
);

/** Names of masks, and of tables that are computed once. */
const TABLE = /mask(?!_token)|coords|rotary|inv_freq|freqs|cos_cached|sin_cached/i;

/** Names by which a module has its parameters: words, and their modules before them. */
const MODULE_NAME = /^([A-Za-z_]\w*\.|\d+\.)*[A-Za-z_]*[A-Za-z]$/;

/** Names of learned tensors, whatever their numbers are at the start. */
const PARAMETER = /(weight|bias|scale|gamma|beta)$/i;

/** A vector of one number is learned where it is called so. */
const BIAS = /(^|[._])bias$/i;

/**
 * Names of learned scales: a factor of more than one number per channel is learned only under one of them.
 */
const SCALE = /(weight|scale|gamma)$/i;

/** Whether code made a constant of this name on the spot. */
export const isLiteral = (name: string): boolean => LITERAL.test(name);

/** Whether a constant of this name is a mask, or a table that is computed once. */
export const isTableName = (name: string): boolean => TABLE.test(name);

/** Whether somebody named a constant so, and no exporter. */
export const isNamed = (name: string): boolean => !isLiteral(name) && !RENAMED.test(name);

/** Whether a parameter may be called so: what an exporter names itself, and tables and masks, are not. */
export const isOwnName = (name: string): boolean =>
  isNamed(name) && !isTableName(name) && !CONSTANT_NAME.test(name) && !FOLDED.test(name);

/** Whether modules call their parameters so. */
export const isModuleName = (name: string): boolean => MODULE_NAME.test(name);

/** Whether somebody called it a weight, bias or scale. */
export const isParameterName = (name: string): boolean => isNamed(name) && PARAMETER.test(name);

/** Whether somebody called it a bias. */
export const isBiasName = (name: string): boolean => isNamed(name) && BIAS.test(name);

/** Whether somebody called it a scale. */
export const isScaleName = (name: string): boolean => isNamed(name) && SCALE.test(name);
