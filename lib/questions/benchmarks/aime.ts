import { either, fields, list, number, text } from "../../files/schema.ts";
import { lastWholeNumber } from "../extract/whole_number.ts";
import { type Benchmark, jsonOf, readAlike } from "./benchmark.ts";

const ROWS = list(fields({ problem: text, answer: either(number, text) }));

/** Problems of a mathematics contest, whose answers are whole numbers from 0 to 999. */
export const aime: Benchmark = {
  title: "AIME 2024",
  citation:
    "American Invitational Mathematics Examination I and II, Mathematical Association of America, 2024",
  licence: "problems © Mathematical Association of America",
  kind: "number",
  folder: "reasoning",
  splits: { all: "aime_2024.json" },
  read: (file) =>
    jsonOf<{ problem: string; answer: string | number }[]>(file, ROWS).map(({ problem, answer }) => {
      const bare = `${answer}`.trim();
      // Without leading zeros; what is no number is told as it stands.
      return { text: problem, gold: bare && Number.isFinite(Number(bare)) ? String(Number(bare)) : bare };
    }),
  ask: (text) => text,
  extract: readAlike(lastWholeNumber),
};
