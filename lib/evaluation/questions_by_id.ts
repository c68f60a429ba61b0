import { RangeError } from "../errors.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import type { Question } from "../questions/question.ts";

/**
 * Questions by the names that their answers are kept under.
 *
 * @param action what cannot be done otherwise: "grade answers"
 * @throws RangeError where two that differ have one name, as those of two files under one split
 */
export function questionsById(questions: readonly Question[], action: string): Map<string, Question> {
  const known = new Map<string, Question>();
  for (const question of questions) {
    const other = known.get(question.id);
    if (other && canonicalJson(other, action) !== canonicalJson(question, action)) {
      throw new RangeError(
        `Cannot ${action} with two questions called ${question.id}: expected one of that name, found ` +
          `${JSON.stringify(other.text.slice(0, 40))} and ${
            JSON.stringify(question.text.slice(0, 40))
          }; read each ` +
          "file under a split of its own",
      );
    }
    known.set(question.id, question);
  }
  return known;
}
