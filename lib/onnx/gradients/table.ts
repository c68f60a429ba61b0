import { arithmetic } from "./arithmetic.ts";
import type { GradientRules } from "./call.ts";

/** How every known operator passes d loss / d outputs on to its inputs. */
export const gradientRules: GradientRules = {
  ...arithmetic,
};
