/** A question of HumanEval's form. */
import { readQuestions } from "../../../lib/questions/load_questions.ts";

export const [QUESTION] = readQuestions(
  "humaneval",
  "made",
  JSON.stringify({
    task_id: "x",
    prompt:
      'def twice(x):\n    """ Twice x.\n    >>> twice(2)\n    4\n    >>> twice("a")\n    \'aa\'\n    """\n',
    entry_point: "twice",
    canonical_solution: "    return 2 * x\n",
    test: "def check(candidate):\n    assert candidate(3) == 6\n",
  }),
);
