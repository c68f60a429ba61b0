import { requireOptions } from "../../../options.ts";
import { Plot } from "../../../plot/deps.ts";
import { duration } from "../../../progress.ts";
import { drawPlot, type Figure } from "../../../plot/figure.ts";
import { INK, PALETTE } from "../../../plot/palette.ts";
import type { Evidence } from "../evidence.ts";
import type { ChatRow } from "./ask.ts";

/** Tokens of a question in each way to ask a language model, and how long its calls take. */
export function chatTokens({ chats }: Evidence, options: Pick<ChatRow, "benchmark">): Figure {
  requireOptions("chatTokens", options, { benchmark: true });
  const rows = chats.filter((row) => row.benchmark === options.benchmark);
  const [{ source, questions, measured }] = rows as [ChatRow];
  const full = rows.find(({ way }) => way === "all, complete")!;
  const total = (row: ChatRow) => row.promptTokens + row.completionTokens;
  const parts = rows.flatMap(({ way, promptTokens, completionTokens }) => [
    { way, part: "prompts", tokens: promptTokens },
    { way, part: "answers", tokens: completionTokens },
  ]);
  const colors: Record<string, string> = { prompts: PALETTE[0]!, answers: PALETTE[1]! };
  return drawPlot({
    title: "What each way to ask costs: tokens of a question",
    subtitle: `${source}; ${questions === 1 ? "one question" : `mean of ${questions} questions`}${
      rows.some(({ estimated }) => estimated) ? "; estimated" : ""
    }${measured ? `; times recorded ${measured}` : ""}`,
    alt: `Beside the bars: tokens over those of all agents in a complete graph${
      measured ? ", and the time of all calls one after another" : "; there are no times"
    }`,
    legend: Object.entries(colors).map(([label, color]) => ({ label, color, mark: "box" as const })),
    height: 64 + 22 * rows.length,
    marginLeft: 176,
    marginRight: 120,
    x: { label: "tokens of a question", grid: true },
    y: { type: "band", label: null, domain: rows.map(({ way }) => way), tickSize: 0 },
    marks: [
      Plot.barX(parts, {
        y: "way",
        x: "tokens",
        fill: ({ part }: typeof parts[number]) => colors[part]!,
        insetTop: 2,
        insetBottom: 2,
      }),
      Plot.text(rows, {
        y: "way",
        x: total,
        text: (row: ChatRow) =>
          [
            `${(100 * total(row) / total(full)).toFixed(0)} %`,
            ...row.callSeconds === undefined ? [] : [duration(row.callSeconds)],
          ].join(", "),
        textAnchor: "start",
        dx: 6,
        fill: INK,
      }),
    ],
  });
}
