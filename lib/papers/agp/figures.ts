import { requireOptions, withoutUndefined } from "../../options.ts";
import { MAIN_TASKS, SIMULATED_TASKS, SIMULATED_WORLD } from "../../agents/simulation/world.ts";
import { drawTeams, type TeamPanel } from "../../drawings/teams.ts";
import { Plot } from "../../plot/deps.ts";
import { drawPlot, type Figure } from "../../plot/figure.ts";
import { heatMap } from "../../plot/heat_map.ts";
import { plotSymbol, seriesStyle } from "../../plot/markers.ts";
import { INK, MUTED, PALETTE } from "../../plot/palette.ts";
import { tradeOff, type TradeOffRow } from "../../plot/trade_off.ts";
import { type CurveRow, trainingCurve } from "../../plot/training_curve.ts";
import { deviation, mean } from "../../statistics/describe.ts";
import { type Evidence, rowsWhere, type Which } from "./evidence.ts";
import { STEP_FIGURE, TABLE_1, TOKEN_FIGURE } from "./published.ts";
import type { StageTwoRow } from "./stage_two.ts";
import type { SourceOptions } from "../source_options.ts";

/** Second stages as figures name them. */
const LEARNED: readonly (readonly [name: string, which: Which])[] = [
  ["directed, exact labels", { labels: "exact" }],
  ["directed, first stage", {}],
  ["directed, first stage by halving", { labels: "first stage, halving" }],
  ["directed, first success", { labels: "first success" }],
  ["released, exact labels, as released", { network: "released", labels: "exact", execution: "released" }],
  ["released, first stage, pruned skipped", { network: "released", execution: "skipped" }],
];

/** Beginnings of the names of those fixed graphs that the figure of tokens has room for. */
const SHOWN = [
  "best fixed graph",
  "Generalist alone",
  "self-consistency",
  "four honest, chain",
  "four honest, complete",
  "all five, chain",
  "all five, complete",
  "all five, star",
  "all five, random",
];

/** Where names of points stand, in px from them. */
const SIDES = {
  right: { textAnchor: "start", dx: 8, dy: 0 },
  left: { textAnchor: "end", dx: -8, dy: 0 },
  above: { textAnchor: "middle", dx: 0, dy: -11 },
} as const;

/** Points whose names would run into others' to the right of them. */
const NAMED_ELSEWHERE: Readonly<Record<string, keyof typeof SIDES>> = {
  "best fixed graph": "above",
  "all five, star": "left",
  "G-Designer, GSM8K": "above",
  "DyLAN, GSM8K": "above",
};

/** Names of points, to the right of most. */
function names<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  options: { x: string; y: string; text: string; fontSize?: number },
): ReturnType<typeof Plot.text>[] {
  return [...Map.groupBy(rows, (row) => NAMED_ELSEWHERE[nameOf(row)] ?? "right")].map(([side, own]) =>
    Plot.text(own, { ...options, ...SIDES[side], fill: INK })
  );
}

/** Accuracy against tokens: what learns, and what does not; lines of one utility behind them. */
export function accuracyAgainstTokens(
  { second, baselines, policies }: Evidence,
  options: SourceOptions,
): Figure {
  requireOptions("accuracyAgainstTokens", options, { source: true });
  const learned = [
    ...LEARNED.map(([name, which]) => ({ name, rows: rowsWhere(second, which) })),
    { name: "policy gradient", rows: policies },
  ].filter(({ rows }) => rows.length > 0).map(({ name, rows }) => ({
    name,
    tokens: mean(rows.map(({ tokens }) => tokens)),
    accuracy: 100 * mean(rows.map(({ accuracy }) => accuracy)),
  }));
  const fixed = baselines.filter(({ name }) =>
    SHOWN.some((shown) => name.startsWith(shown)) && !/first$/.test(name)
  )
    .map(({ name, tokens, accuracy }) => ({
      name: name.replace(/ \(.*\)|, tokens of.*| of two rounds| of the Generalist/g, ""),
      tokens,
      accuracy: 100 * accuracy,
    }));
  const price = SIMULATED_WORLD.tokenPrice;
  const [least, most] = [400, 5800];
  const lines = [0.5, 0.6, 0.7, 0.8].flatMap((utility) =>
    [least, 5400].map((tokens) => ({
      utility,
      tokens,
      accuracy: 100 * (utility + price * tokens / 1000),
    }))
  );
  const point = { x: "tokens", y: "accuracy" } as const;
  const styled = learned.map((row, i) => ({ ...row, ...seriesStyle(i) }));
  return drawPlot({
    title: "Accuracy against tokens",
    subtitle: options.source,
    alt:
      "Upper left is better. Filled: learned from questions; hollow: the same graph for all. On each dotted line all " +
      "teams are worth as much",
    legend: styled.map(({ name: label, color, marker }) => ({ label, color, marker, mark: "dot" as const })),
    height: 420,
    marginRight: 84,
    grid: true,
    x: { label: "tokens of a question", domain: [least, most] },
    y: { label: "chance to be right (%)", domain: [45, 100] },
    marks: [
      Plot.line(lines, { ...point, z: "utility", stroke: MUTED, strokeDasharray: "1 4", clip: true }),
      Plot.text(lines.filter(({ tokens, accuracy }) => tokens === 5400 && accuracy < 100), {
        ...point,
        text: ({ utility }: { utility: number }) => `utility ${utility}`,
        fill: MUTED,
        dy: -8,
        textAnchor: "start",
        dx: -20,
      }),
      Plot.dot(fixed, { ...point, r: 4, stroke: INK, fill: "white" }),
      ...names(fixed, ({ name }) => name, { ...point, text: "name" }),
      ...styled.map((row) =>
        Plot.dot([row], { ...point, r: 5, fill: row.color, symbol: plotSymbol(row.marker) })
      ),
    ],
  });
}

/** Utility of the decoded teams on questions that were not trained on, by step of training. */
export function utilityAgainstStep({ second, bestFixed }: Evidence, options: SourceOptions): Figure {
  requireOptions("utilityAgainstStep", options, { source: true });
  const rows = LEARNED.flatMap(([name, which]) => {
    const execution = which.execution === "skipped" ? "released" as const : which.execution;
    const own = rowsWhere(second, withoutUndefined({ ...which, execution }));
    const label = name.replace("pruned skipped", "as released");
    return (own[0]?.curve ?? []).map(({ step }, i): CurveRow => ({
      series: label,
      x: step,
      y: mean(own.map(({ curve }) => curve![i]!.utility)),
    }));
  });
  const last = Math.max(...rows.map(({ x }) => x));
  const fixed = [0, last].map((x): CurveRow => ({ series: "best fixed graph", x, y: bestFixed }));
  return trainingCurve([...rows, ...fixed], {
    title: "Utility of the teams while the network learns",
    subtitle: options.source,
    alt:
      "Means over the seeds. A network that adapts must end above the best graph that is the same for all questions",
    xLabel: "step of training",
    yLabel: "utility of test questions",
  });
}

/** The best team of each type beside those that networks learned. */
export function learnedTeams({ best, second }: Evidence, options: SourceOptions): Figure {
  requireOptions("learnedTeams", options, { source: true });
  const price = SIMULATED_WORLD.tokenPrice;
  const optimum = MAIN_TASKS.map((task): TeamPanel => {
    const row = best.find((one) => one.task === task && one.tokenPrice === price)!;
    return {
      column: columnOf(task),
      row: "best of all\n32,281 teams",
      ...row.described,
      note: `U ${row.utility.toFixed(3)}`,
    };
  });
  const of = (row: string, [one]: readonly StageTwoRow[]) =>
    MAIN_TASKS.flatMap((task): TeamPanel[] => {
      const team = one?.teams[task];
      return team ? [{ column: columnOf(task), row, roles: team.roles, links: team.links }] : [];
    });
  return drawTeams([
    ...optimum,
    ...of("directed,\nexact labels", rowsWhere(second, { labels: "exact" })),
    ...of("directed,\nfirst stage", rowsWhere(second, {})),
    ...of(
      "released,\nfirst stage,\nas released",
      rowsWhere(second, { network: "released", execution: "released" }),
    ),
  ], {
    title: "The team of each type of questions: the best, and the learned ones",
    subtitle: `${options.source}; of each type the team that most test questions got, first seed`,
    alt:
      "Filled agents are asked, arrows go from who speaks to who reads. Letters beside a type are the skills it needs " +
      "in order: planning, maths, code",
    pool: SIMULATED_WORLD.agents.map(({ role }) => role),
  });
}

const columnOf = (task: typeof MAIN_TASKS[number]) => `${task} (${SIMULATED_TASKS[task].steps.join(" → ")})`;

/** How often each agent is asked. */
export function whoIsAsked({ second, best }: Evidence, options: SourceOptions): Figure {
  requireOptions("whoIsAsked", options, { source: true });
  const roles = SIMULATED_WORLD.agents.map(({ role }) => role);
  const price = SIMULATED_WORLD.tokenPrice;
  const optimum = best.filter(({ task, tokenPrice }) => tokenPrice === price && MAIN_TASKS.includes(task));
  const cells = [
    ...roles.map((role) => ({
      x: role,
      y: "the best teams",
      value: 100 * mean(optimum.map(({ described }) => Number(described.roles.includes(role)))),
    })),
    ...LEARNED.flatMap(([name, which]) => {
      const rows = rowsWhere(second, which);
      return rows.length === 0 ? [] : roles.map((role) => ({
        x: role,
        y: name,
        value: 100 * mean(rows.map(({ asked }) => asked[role]!)),
      }));
    }),
  ];
  return heatMap(cells, {
    title: "Who is asked, and who was pruned",
    subtitle: options.source,
    alt: "Share of test questions that each agent has a part in (%); what is missing to 100 was pruned",
    xLabel: "agent",
    yLabel: "network and labels",
    format: (value) => value.toFixed(0),
    domain: [0, 100],
  });
}

/** Regret of the first stage by how often teams were run. */
export function regretByTrials({ first }: Evidence, options: SourceOptions): Figure {
  requireOptions("regretByTrials", options, { source: true });
  const points = [
    ...Map.groupBy(first, ({ strategy, graphs, repeats }) => `${strategy} ${graphs} ${repeats}`),
  ]
    .map(([, rows]): TradeOffRow => {
      const { strategy, repeats, perType } = rows[0]!;
      const regrets = rows.map(({ regret }) => regret);
      const spread = rows.length > 1 ? deviation(regrets) : 0;
      return {
        series: strategy === "success"
          ? "first success"
          : strategy === "halving"
          ? "successive halving"
          : `${repeats} run${repeats === 1 ? "" : "s"} of each team`,
        x: rows[0]!.runs / (perType * MAIN_TASKS.length),
        y: mean(regrets),
        yLow: mean(regrets) - spread,
        yHigh: mean(regrets) + spread,
      };
    });
  return tradeOff(points, {
    title: "What the first stage loses against the best team",
    subtitle: options.source,
    alt:
      "Lower is better. Where each team is run once, more teams need not help: the best of many lucky ones is no better",
    xLabel: "runs of teams for one question",
    yLabel: "utility lost by the two teams that are kept",
    xScale: { type: "log" },
    faint: (series) => series === "first success",
  });
}

/** Effects of changes of the world, with the team that was best before and with the one that is best now. */
export function changesFigure({ changes }: Evidence, options: SourceOptions): Figure {
  requireOptions("changesFigure", options, { source: true });
  const wanted = changes.filter(({ what }) => what !== "rounds");
  const groups = [...Map.groupBy(wanted, ({ what, amount }) => `${what} ${amount}`).values()];
  return tradeOff(
    groups.flatMap((rows): TradeOffRow[] => {
      const { what, amount } = rows[0]!;
      return [
        { series: `${what}, best team`, x: amount, y: mean(rows.map(({ utility }) => utility)) },
        { series: `${what}, team as before`, x: amount, y: mean(rows.map(({ before }) => before)) },
      ];
    }),
    {
      title: "When the world changes after the teams were chosen",
      subtitle: options.source,
      alt:
        "Solid: the best team under the change. Dashed: the team that was best before it. The gap is what training anew " +
        "is worth",
      xLabel: "chance of a shared error or a failed call, or skill that the MathExpert lost",
      yLabel: "utility, mean of the five types",
      faint: (series) => series.endsWith("before"),
      hue: (series) => series.split(",")[0]!,
    },
  );
}

/** Tokens of all honest agents, and of the cheapest team that is good enough. */
export function priceFigure({ prices }: Evidence, options: SourceOptions): Figure {
  requireOptions("priceFigure", options, { source: true });
  const [{ margin, confidence, questions }] = prices as [Evidence["prices"][number]];
  const order = prices.map(({ task }) => task);
  const bar = { y: "task", insetTop: 2, insetBottom: 2 } as const;
  return drawPlot({
    title: `The price tag: tokens of a team within ${100 * margin} points of all honest agents`,
    subtitle: `${options.source}; ${questions} simulated questions`,
    alt: `The cheapest team that is sure (${100 * confidence} %) to lose no more than that, and who is in it`,
    legend: [
      { label: "the cheapest good team", color: PALETTE[0]!, mark: "box" },
      { label: "four honest agents, each reading all before it", color: MUTED, mark: "box" },
    ],
    height: 64 + 22 * order.length,
    marginLeft: 76,
    marginRight: 210,
    x: { label: "tokens of a question", grid: true },
    y: { type: "band", label: null, domain: order, tickSize: 0 },
    marks: [
      Plot.barX(prices, { ...bar, x: "fullTokens", fill: MUTED }),
      Plot.barX(prices, { ...bar, x: "tokens", fill: PALETTE[0]! }),
      Plot.text(prices, {
        y: "task",
        x: "fullTokens",
        text: ({ chosen }: Evidence["prices"][number]) => chosen.roles.join(", "),
        textAnchor: "start",
        dx: 6,
        fill: INK,
      }),
    ],
  });
}

/** Published: score against prompt tokens, each relative to AGP's, of a language model. */
export function publishedTokens(): Figure {
  const agp = new Map(
    TOKEN_FIGURE.rows.filter(({ method }) => method === "AGP").map((row) => [row.benchmark, row.millions]),
  );
  const score = (method: string, benchmark: typeof TOKEN_FIGURE.rows[number]["benchmark"]) =>
    TABLE_1.rows.find((row) => row.method === method)!.scores[benchmark];
  const rows = TOKEN_FIGURE.rows.filter(({ method }) => method !== "AGP").flatMap(
    ({ method, benchmark, millions }) => {
      const [theirs, ours] = [score(method, benchmark), score("AGP", benchmark)];
      return theirs === undefined || ours === undefined
        ? []
        : [{ method, benchmark, x: millions / agp.get(benchmark)!, y: theirs - ours }];
    },
  );
  const methods = [...new Set(rows.map(({ method }) => method))];
  return drawPlot({
    title: "Published, of a language model: score against prompt tokens",
    subtitle: `${TOKEN_FIGURE.source}; scores of ${TABLE_1.source}`,
    alt:
      "AGP is the cross. Left of it are methods that take fewer prompt tokens: G-Designer on MMLU and MaAS on HumanEval",
    legend: methods.map((label, i) => ({ label, ...seriesStyle(i), mark: "dot" as const })),
    height: 320,
    grid: true,
    x: {
      label: "prompt tokens (times AGP's)",
      type: "log",
      domain: [0.5, 15],
      ticks: [0.5, 1, 2, 5, 10],
      tickFormat: "~g",
    },
    y: { label: "score less AGP's (points)", nice: true },
    marks: [
      Plot.ruleX([1], { stroke: MUTED, strokeDasharray: "2 3" }),
      Plot.ruleY([0], { stroke: MUTED, strokeDasharray: "2 3" }),
      Plot.dot([{ x: 1, y: 0 }], { x: "x", y: "y", symbol: "asterisk", r: 6, stroke: INK }),
      ...methods.map((method, i) =>
        Plot.dot(rows.filter((row) => row.method === method), {
          x: "x",
          y: "y",
          r: 4.5,
          fill: seriesStyle(i).color,
          symbol: plotSymbol(seriesStyle(i).marker),
        })
      ),
      ...names(rows, ({ method, benchmark }) => `${method}, ${benchmark}`, {
        x: "x",
        y: "y",
        text: "benchmark",
        fontSize: 10,
      }),
    ],
  });
}

/** Published: score by step of training, of a language model. */
export function publishedSteps(benchmark: "MMLU" | "GSM8K" | "HumanEval"): Figure {
  return trainingCurve(
    STEP_FIGURE.rows.filter(({ series }) => series.endsWith(benchmark)).map(({ series, step, score }) => ({
      series: series.split(",")[0]!,
      x: step,
      y: 100 * score,
    })),
    {
      title: `Published, of a language model: ${benchmark} by step of training`,
      subtitle: STEP_FIGURE.source,
      alt:
        "From step to step scores swing by one to three points, as much as methods differ. Table 1 prints AGP's best step " +
        "on HumanEval, 90.6, and G-Designer's last, 87.5",
      xLabel: "step of training",
      yLabel: "score (%)",
    },
  );
}
