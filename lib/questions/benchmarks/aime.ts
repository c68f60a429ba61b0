import { lastWholeNumber } from "../extract/whole_number.ts";
import { type Benchmark, readAlike } from "./benchmark.ts";

/** Problems of a mathematics contest, whose answers are whole numbers from 0 to 999. */
export const aime: Benchmark = {
  title: "AIME 2024",
  citation:
    "American Invitational Mathematics Examination I and II, Mathematical Association of America, 2024",
  licence: "problems © Mathematical Association of America",
  kind: "number",
  folder: "reasoning",
  splits: { all: "aime_2024.json" },
  read: (text) =>
    (JSON.parse(text) as { problem: string; answer: string }[]).map(({ problem, answer }) => ({
      text: problem,
      gold: String(Number(answer)),
    })),
  ask: (text) => text,
  extract: readAlike(lastWholeNumber),
};
