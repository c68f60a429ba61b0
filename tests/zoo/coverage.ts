import type { ZooRows } from "./rows.ts";
import { EXPORTERS, type Peer, type PeerResult, PEERS, type ZooResult } from "./zoo.ts";

/** What a page of results is told with. */
export interface CoverageFacts {
  /** Versions of the packages that networks and exporters come from, as `torch 2.13.0`. */
  packages: readonly string[];
  /** The family of each architecture, in the order of the page. */
  families: Readonly<Record<string, string>>;
}

/** Half, and what a plan of whole channels may miss it by. */
const HALF = 0.51;

const NAMES = { torchscript: "TorchScript", dynamo: "dynamo" } as const;

/** docs/coverage.md: what became of each architecture of the zoo, by exporter and program. */
export function coveragePage(rows: ZooRows, { packages, families }: CoverageFacts): string {
  const titles = [...new Set(Object.values(families))];
  const sections = titles.flatMap((title) =>
    familySection(title, Object.keys(families).filter((name) => families[name] === title), rows)
  );
  return [
    "# Coverage",
    "",
    "<!-- deno-fmt-ignore-start -->",
    "",
    "Can my network be pruned? Here are well-known architectures of Python packages, with random weights and in " +
    "small sizes, exported by both of PyTorch's exporters, pruned to half of their multiply-accumulates (MACs), " +
    "and compared with the masked original in Python's ONNX Runtime. Made by `deno task zoo --write`; what each " +
    "operator has stands in [the operator matrix](operator_matrix.md).",
    "",
    ...summary(rows),
    "",
    ...untried(rows, Object.keys(families)),
    `Measured ${daysOf(rows.days)} on two shared processor cores with ${packages.join(", ")}.`,
    "",
    ...HOW,
    "",
    ...sections,
    "<!-- deno-fmt-ignore-end -->",
    "",
  ].join("\n");
}

const HOW = [
  "How to read it:",
  "",
  "- A cell under an exporter says how much of the MACs is left, and the largest difference of an output, " +
  "relative to its largest number. Where channels and heads do not suffice, whole residual blocks go as well " +
  "(`kinds` of [one plan](pruning.md)), and the cell says how many. `to` says how much could be left at least: what stays is named beside it, " +
  "the largest number of channels first.",
  "- Times are those of the processor, all threads together, from the loaded model to the pruned one, with the " +
  "search for what leaves half in it; medians where both programs reach it. The first in a process is slower, " +
  "since its code is compiled first. Memory is what the process held at most beyond what it held before it " +
  "loaded the model.",
  "- Torch-Pruning prunes the PyTorch network itself. It has no target of MACs, so its one ratio for all layers " +
  "is found by at most seven steps of bisection; its time is that of the step with the right ratio, and `search` " +
  "that of all. Settings are the same for all networks: random importance, layers that lead to an output " +
  "ignored, heads told for projections that lie in a module which tells its number of heads, and the sizes of " +
  "heads written back there; where this fails, once more with attention ignored. Settings made by hand for a " +
  "network may reach more. That its network runs and gives outputs of the same shapes is checked, no more.",
  "- onnxsim prunes the file of the first exporter that made one, simplified first, channels and heads of " +
  "attention at one sparsity, found in the same way.",
];

/** What the zoo lists, and nobody has tried since its packages changed. */
function untried({ ours }: ZooRows, names: readonly string[]): string[] {
  const missing = names.filter((name) => !ours.some((row) => row.name === name));
  if (missing.length === 0) return [];
  return [
    `An empty cell was not tried yet, nor were ${missing.length} more that the zoo lists.`,
    "",
    `<details><summary>Not tried yet</summary>${missing.join(", ")}</details>`,
    "",
  ];
}

/** The line of each program in the first table. */
function summary({ ours, peers }: ZooRows): string[] {
  const exported = ours.filter(({ verdict }) => verdict !== "not exported");
  const reached = exported.filter(reaches);
  const deeper = reached.filter(({ blocks }) => blocks !== undefined);
  const valid = exported.filter(({ verdict }) => verdict !== "invalid");
  const different = exported.filter(({ verdict }) => verdict === "different");
  const names = new Set(ours.map(({ name }) => name));
  return [
    `**${names.size} architectures, ${exported.length} files: ${reached.length} (${
      percent(reached.length / exported.length)
    }) reach half of their MACs${
      deeper.length > 0 ? `, ${deeper.length} of them by whole residual blocks as well` : ""
    }. ${valid.length === exported.length ? "All" : valid.length} are valid, ${
      different.length === 0 ? "none differs" : `${different.length} differ`
    } from its mask.** ${ours.length - exported.length} more were not exported by PyTorch.`,
    "",
    ...table(["", "reach half", "median time", "first in its process", "search", "median memory"], [
      ["Espalier", `${reached.length} of ${exported.length} files`, ...medians(reached)],
      ...(Object.keys(PEERS) as Peer[]).flatMap((peer) => {
        const all = peers.filter((row) => row.peer === peer);
        if (all.length === 0) return [];
        const half = all.filter(({ share, why }) => why === undefined && share! <= HALF);
        const both = half.flatMap(({ name }) => reached.filter((row) => row.name === name).slice(0, 1));
        const same = half.filter(({ name }) => both.some((row) => row.name === name));
        return [
          [PEERS[peer], `${half.length} of ${all.length} networks`, ...medians(same)],
          [`Espalier, on those ${same.length}`, "", ...medians(both)],
        ];
      }),
    ]),
  ];
}

function medians(rows: readonly (ZooResult | PeerResult)[]): string[] {
  const of = (
    key: "first" | "seconds" | "search",
    pick = (row: ZooResult | PeerResult) => (row as PeerResult)[key],
  ) => {
    const numbers = rows.map(pick).filter((each) => each !== undefined);
    return numbers.length ? `${median(numbers).toFixed(3)} s` : "";
  };
  const memory = rows.map((row) => row.memory).filter((each) => each !== undefined);
  return [of("seconds"), of("first"), of("search"), memory.length ? bytes(median(memory)) : ""];
}

/** The table of one family, folded, and what is in the way in networks that do not reach half. */
function familySection(title: string, names: readonly string[], { ours, peers }: ZooRows): string[] {
  const done = names.filter((name) => ours.some((row) => row.name === name));
  if (done.length === 0) return [];
  const rowsOf = (name: string) => ours.filter((row) => row.name === name);
  const files = done.flatMap(rowsOf).filter(({ verdict }) => verdict !== "not exported");
  const short = done.flatMap(rowsOf).filter((row) => row.why !== undefined);
  return [
    `<details><summary><b>${title}</b>: ${done.length} architectures, ${
      files.filter(reaches).length
    } of ${files.length} files reach half</summary>`,
    "",
    ...table(
      [
        "architecture",
        ...EXPORTERS.map((each) => NAMES[each]),
        "to",
        "stays",
        "time",
        "memory",
        ...Object.values(PEERS),
      ],
      done.map((name) => {
        const rows = rowsOf(name);
        const best = rows.find(({ seconds }) => seconds !== undefined);
        return [
          name,
          ...EXPORTERS.map((exporter) => ourCell(rows.find((row) => row.exporter === exporter))),
          best?.least === undefined ? "" : percent(best.least),
          best?.stays?.[0] ? shortReason(best.stays[0]) : "",
          best?.seconds === undefined ? "" : `${best.seconds.toFixed(3)} s`,
          best?.memory === undefined ? "" : bytes(best.memory),
          ...(Object.keys(PEERS) as Peer[]).map((peer) =>
            peerCell(peers.find((row) => row.name === name && row.peer === peer))
          ),
        ];
      }),
    ),
    "",
    ...short.map(({ name, exporter, verdict, why }) =>
      `- ${name}, ${NAMES[exporter]}: ${verdict}: ${withoutFolders(why!)}`
    ),
    ...short.length ? [""] : [],
    "</details>",
    "",
  ];
}

function ourCell(row: ZooResult | undefined): string {
  if (!row) return "";
  if (row.verdict !== "equal") return row.verdict;
  const deeper = row.blocks === undefined ? "" : `, without ${row.blocks} blocks`;
  return `${percent(row.share!, 1)}, within ${row.difference!.toExponential(1)}${deeper}`;
}

function peerCell(row: PeerResult | undefined): string {
  if (!row) return "";
  if (row.why === undefined) return `${percent(row.share!, 1)}, ${row.seconds!.toFixed(3)} s`;
  const least = row.share === undefined || row.share > 0.999 ? "" : `${percent(row.share, 1)}: `;
  return least + withoutFolders(row.why.replace(/^at ratio [\d.]+ /, "")).slice(0, 60);
}

const reaches = ({ verdict, share }: ZooResult) => verdict === "equal" && share! <= HALF;

/** A reason without the names of nodes and tensors. */
const shortReason = (reason: string) =>
  reason
    .replace(/ of \S+?: /, ": ")
    .replace(/ \((?:output|input) "[^"]*"\)/g, "")
    .replace(/: "[^"]*" is /, ": ")
    .replace(/ "[^"]*"/g, "");

/** A message without the folders of the machine that it comes from. */
const withoutFolders = (message: string) => message.replace(/(?<![\w."])\/(?:[\w.-]+\/)+/g, "");

const percent = (share: number, digits = 0) => `${(100 * share).toFixed(digits)} %`;
const bytes = (count: number) => `${Math.round(count / 1e6)} MB`;
const daysOf = (days: readonly string[]) =>
  days.length > 1 ? `from ${days[0]} to ${days.at(-1)}` : `on ${days[0]}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) =>
      `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`
    );
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
