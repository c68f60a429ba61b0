import { COUNT, requireNumbers, SHARE } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Shape } from "../onnx/dim.ts";
import { requireOptions } from "../options.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { float32 } from "../tensor/tensor.ts";
import { elements, floats } from "../tensor/arrays.ts";
import { type Loss, mainOutput } from "../train/losses.ts";

/** Targets that say which token follows at each place, and whether it counts. */
const NEXT_TOKENS = {
  tokens: { type: "int64", shape: ["batch", "length"] },
  counts: { type: "float32", shape: ["batch", "length"] },
} as const;

/** A teacher's logits, or of its likeliest tokens these and their probabilities, the rest as one. */
const teacherTargets = (top: number | undefined): Loss["targets"] =>
  top === undefined ? { teacher: { type: "float32" } } : {
    teacherTokens: { type: "int64", shape: ["batch", "length", top] },
    teacher: { type: "float32", shape: ["batch", "length", top + 1] },
  };

/**
 * Supervised fine-tuning: the mean of −log p of the next token over the tokens of answers, thoughts included
 * and prompts not. For logits [batch, length, vocabulary], and the targets of `answerBatches`: `tokens` int64
 * and `counts` float32 (1 where the next token belongs to an answer, else 0), both [batch, length].
 */
export function answerCrossEntropy(): Loss {
  return {
    name: "answerCrossEntropy",
    targets: NEXT_TOKENS,
    check,
    value: (g, outputs, targets) => {
      const logits = mainOutput(g, outputs);
      return overAnswers(g, tokenLoss(g, logits, targets.tokens!), targets.counts!);
    },
  };
}

/** Settings of {@linkcode answerDistillation}. */
export interface AnswerDistillationOptions {
  /** Temperature T: the teacher's and the student's logits are divided by it. Default 1. */
  temperature?: number | undefined;
  /** Weight λ of the teacher's part; that of the tokens weighs 1 − λ. Default 0.5. */
  weight?: number | undefined;
  /**
   * Likeliest tokens of the teacher's that are compared one by one, all others as one. Default: each token is
   * compared.
   */
  top?: number | undefined;
}

/**
 * Learning from a teacher of the same vocabulary at each token of an answer: λ·T²·KL(teacher/T ‖ student/T) +
 * (1 − λ)·−log p of the token, both means over the tokens of answers. G. Hinton, O. Vinyals, J. Dean,
 * "Distilling the Knowledge in a Neural Network", 2015. The gradient of the first part with respect to a
 * token's logits is λ·T·(softmax(student/T) − softmax(teacher/T)), over the number of tokens. Targets: those
 * of {@linkcode answerCrossEntropy}, and the `teacher`'s logits, of the shape of the student's; with `top`
 * those that `teacherBatches` gives with the same `top` and `temperature`.
 *
 * @throws RangeError where `weight` is not within 0 and 1, `temperature` is not above 0, or `top` is no whole
 * number from 1
 */
export function answerDistillation(options: AnswerDistillationOptions = {}): Loss {
  requireOptions("answerDistillation", options, { temperature: true, weight: true, top: true });
  const { temperature = 1, weight = 0.5, top } = options;
  requireNumbers("distil", { temperature }, { above: 0 });
  requireNumbers("distil", { weight }, SHARE);
  if (top !== undefined) requireNumbers("distil", { top }, COUNT);
  return {
    name: `answerDistillation(${temperature}, ${weight}${top === undefined ? "" : `, top ${top}`})`,
    targets: { ...NEXT_TOKENS, ...teacherTargets(top) },
    check,
    value: (g, outputs, targets) => {
      const student = mainOutput(g, outputs);
      const soft = (logits: Value) => g.logSoftmax(g.mul(logits, 1 / temperature));
      const teacherPart = g.mul(
        top === undefined
          ? divergence(g, soft(targets.teacher!), soft(student))
          : topDivergence(g, soft(student), targets),
        weight * temperature ** 2,
      );
      if (weight === 1) return overAnswers(g, teacherPart, targets.counts!);
      const both = g.add(teacherPart, g.mul(tokenLoss(g, student, targets.tokens!), 1 - weight));
      return overAnswers(g, both, targets.counts!);
    },
  };
}

/**
 * Reverse divergence, for answers that the student gave itself: the mean of KL(student ‖ teacher) over the
 * tokens of answers, which punishes what the student holds likely and the teacher does not. R. Agarwal et
 * al., "On-Policy Distillation of Language Models", ICLR 2024. Targets as for
 * {@linkcode answerDistillation}.
 */
export function reverseDivergence(): Loss {
  return {
    name: "reverseDivergence",
    targets: { ...NEXT_TOKENS, teacher: { type: "float32" } },
    check,
    value: (g, outputs, targets) => {
      const [own, theirs] = [mainOutput(g, outputs), targets.teacher!].map((logits) => g.logSoftmax(logits));
      return overAnswers(g, divergence(g, own!, theirs!), targets.counts!);
    },
  };
}

/** −log p of the token at each place: [batch, length]. */
function tokenLoss(g: GraphBuilder, logits: Value, tokens: Value): Value {
  // One-hot instead of a gather: its gradient is one multiplication, and no scatter.
  const truth = g.oneHot(tokens, vocabularyOf(g.shape(logits)), g.constant(float32([0, 1])));
  return g.neg(sumOfRow(g, g.mul(truth, g.logSoftmax(logits))));
}

/** Σ p·(log p − log q) at each place: [batch, length]. */
function divergence(g: GraphBuilder, logP: Value, logQ: Value): Value {
  return sumOfRow(g, g.mul(g.exp(logP), g.sub(logP, logQ)));
}

/** Less than this of a float32's 1 is lost in its rounding. */
const LEAST = 1e-7;

/** KL from the teacher's likeliest tokens, and all others as one, to the student's same: [batch, length]. */
function topDivergence(
  g: GraphBuilder,
  student: Value,
  { teacher, teacherTokens }: Readonly<Record<string, Value>>,
): Value {
  const listed = g.gatherElements(student, teacherTokens!, 2);
  const mass = g.reduceSum(g.exp(listed), [2], { keepdims: true });
  const rest = g.log(g.max(g.sub(1, mass), LEAST));
  const logP = g.log(g.max(teacher!, LEAST));
  return sumOfRow(g, g.mul(teacher!, g.sub(logP, g.concat([listed, rest], 2))));
}

const sumOfRow = (g: GraphBuilder, x: Value): Value => g.reduceSum(x, [2], { keepdims: false });

/** The mean over the places that count. */
function overAnswers(g: GraphBuilder, values: Value, counts: Value): Value {
  const sum = (x: Value) => g.reduceSum(x, undefined, { keepdims: false });
  return g.div(sum(g.mul(values, counts)), sum(counts));
}

function vocabularyOf(shape: Shape): number {
  const size = shape.at(-1);
  if (shape.length === 3 && typeof size === "number") return size;
  throw new TypeError(
    `Cannot compare tokens with an output of shape [${shape.join(", ")}]: expected logits [batch, length, ` +
      `vocabulary] with a known number of tokens, as a decoder for whole texts gives`,
  );
}

/** A one-hot row of an unknown token would be all zeros and pass unnoticed; a mean of nothing is NaN. */
function check({ tokens, counts }: Tensors, outputs: Shape): void {
  const size = vocabularyOf(outputs);
  for (const token of elements(tokens!, "int64")) {
    if (token >= 0n && token < size) continue;
    throw new RangeError(`Cannot compare with token ${token}: the model has tokens 0 to ${size - 1}`);
  }
  if (floats(counts!).some((count) => count > 0)) return;
  throw new RangeError("Cannot train on a batch in which no token belongs to an answer: give it answers");
}
