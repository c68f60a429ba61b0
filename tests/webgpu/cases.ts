import type { Case } from "./case.ts";
import { choleskyCases } from "./cases/cholesky.ts";
import { gramCases } from "./cases/gram.ts";
import { embeddingMaskCases } from "./cases/embedding_mask.ts";
import { ggmlBlocksCases } from "./cases/ggml_blocks.ts";
import { topKAttentionCases } from "./cases/top_k_attention.ts";
import { messagePassingCases } from "./cases/message_passing.ts";
import { importanceCases } from "./cases/importance.ts";
import { kthValueCases } from "./cases/kth_value.ts";
import { maskCases } from "./cases/mask.ts";
import { nmCases } from "./cases/nm.ts";
import { quantizeBlocksCases } from "./cases/quantize_blocks.ts";
import { sparseGptCases } from "./cases/sparse_gpt.ts";
import { softShrinkCases } from "./cases/soft_shrink.ts";
import { matmulCases } from "./cases/matmul.ts";
import { spmmCases } from "./cases/spmm.ts";
import { wandaScoreCases } from "./cases/wanda_score.ts";

/** All that is tried of the kernels, on Deno and in a browser. */
export const CASES: readonly Case[] = [
  ...topKAttentionCases,
  ...messagePassingCases,
  ...importanceCases,
  ...embeddingMaskCases,
  ...ggmlBlocksCases,
  ...kthValueCases,
  ...maskCases,
  ...nmCases,
  ...quantizeBlocksCases,
  ...softShrinkCases,
  ...choleskyCases,
  ...gramCases,
  ...matmulCases,
  ...sparseGptCases,
  ...spmmCases,
  ...wandaScoreCases,
];
