import { withoutUndefined } from "../../../options.ts";
import { attribution } from "../../../interpretation/attribution.ts";
import { type SteeringVectors, steeringVectors } from "../../../interpretation/steering_vectors.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { mean } from "../../../statistics/describe.ts";
import { compressed } from "../compressed_model.ts";
import { recordsOf } from "../perplexity.ts";
import type { Setting } from "../setting.ts";
import type { SubjectName, TextSubject } from "../text_subject.ts";

/** A model, compressed or not, whose matrices are weighed by gradients along directions of behaviours. */
export interface AttributionSpec {
  /** The model. */
  subject: SubjectName;
  /** How it is compressed. */
  setting: Setting;
  /** Texts that compression is calibrated on. */
  calibration: number;
}

/** How much each matrix counts for a behaviour. */
export interface AttributionRow extends AttributionSpec {
  /** The behaviour. */
  behaviour: string;
  /** Parts of texts that show it. */
  parts: number;
  /** Mean of |u·ḡ| over the parts, of each matrix by the name of its weight. */
  importance: Record<string, number>;
  /**
   * Mean over the matrices of the cosine between this behaviour's direction and the next one's; absent where
   * there is one behaviour.
   */
  cosine?: number;
}

/** Finds the directions of a subject's behaviours in its own texts, and weighs each matrix by them. */
export async function attribute(
  spec: AttributionSpec,
  subject: TextSubject,
  runtime: Runtime,
): Promise<AttributionRow[]> {
  const { answers } = subject;
  const { model } = await compressed(subject.model, spec.setting, {
    calibration: recordsOf(subject, spec.calibration),
    runtime,
  });
  const vectors = await steeringVectors(model, answers, { runtime });
  const found = await attribution(model, answers, vectors, { runtime });
  const behaviours = Object.keys(found);
  return behaviours.map((behaviour, i) =>
    withoutUndefined({
      ...spec,
      behaviour,
      parts: answers.reduce(
        (sum, { spans }) => sum + spans.filter((span) => span.behaviour === behaviour).length,
        0,
      ),
      importance: Object.fromEntries(
        Object.entries(found[behaviour]!).map(([module, value]) => [`${module}.weight`, value]),
      ),
      cosine: behaviours.length > 1
        ? likeness(vectors, behaviour, behaviours[(i + 1) % behaviours.length]!)
        : undefined,
    })
  );
}

/** Mean over the matrices of the cosine between two behaviours' directions. */
function likeness(vectors: SteeringVectors, first: string, second: string): number {
  return mean(
    Object.entries(vectors[first]!).map(([module, a]) => {
      const b = vectors[second]![module]!;
      const product = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
      return product / (Math.hypot(...a) * Math.hypot(...b));
    }),
  );
}
