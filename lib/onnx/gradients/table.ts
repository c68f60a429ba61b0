import { activations } from "./activation.ts";
import { arithmetic } from "./arithmetic.ts";
import { attentions } from "./attention.ts";
import { batchNorms } from "./batch_norm.ts";
import type { GradientRules } from "./call.ts";
import { columns } from "./columns.ts";
import { convolutions } from "./convolution.ts";
import { gridSampling } from "./grid_sample.ts";
import { indexing } from "./indexing.ts";
import { layouts } from "./layout.ts";
import { linear } from "./linear.ts";
import { losses } from "./loss.ts";
import { normalizations } from "./normalization.ts";
import { pooling } from "./pooling.ts";
import { recurrents } from "./recurrent.ts";
import { reductions } from "./reduce.ts";
import { resizing } from "./resize.ts";

/** How every known operator passes d loss / d outputs on to its inputs. */
export const gradientRules: GradientRules = {
  ...arithmetic,
  ...activations,
  ...reductions,
  ...layouts,
  ...indexing,
  ...linear,
  ...normalizations,
  ...losses,
  ...resizing,
  ...gridSampling,
  ...convolutions,
  ...columns,
  ...pooling,
  ...batchNorms,
  ...attentions,
  ...recurrents,
};
