/** The page: what happens where something is done on it. All that takes long is done by its worker. */
import { NETWORK_DEPTHS } from "../cli/network_depths.ts";
import type { CriterionName } from "../prune/criteria/table.ts";
import { CRITERIA } from "./criteria.ts";
import { allow, onPress, refocus } from "./dom/buttons.ts";
import { fill, show } from "./dom/dom.ts";
import { onFiles, readFiles, saveFile } from "./dom/dropped_files.ts";
import { elements } from "./dom/elements.ts";
import { latestOnly } from "./latest_only.ts";
import { limitations } from "./limitations.ts";
import { during, isBusy, showError, showProgress } from "./dom/long_work.ts";
import { markup } from "./views/markup.ts";
import { needNetwork } from "./need_network.ts";
import { type NetworkRows, networkRows } from "./dom/network_rows.ts";
import { legendSentence, rowPlans, rowSentence } from "./views/network_view.ts";
import { costsView, groupsView, protectedView, summaryView } from "./views/plan_views.ts";
import type { OpenedModel, PageEngine, PlanRequest, TargetKind } from "./protocol.ts";
import { checkSentence, resultView } from "./views/result_view.ts";
import { sizesOf, sizesView } from "./views/sizes_view.ts";
import {
  afterOpening,
  afterPlanning,
  afterPruning,
  type Failure,
  isCurrent,
  leastKept,
  type PageState,
  withoutPlan,
  withTarget,
} from "./state.ts";
import { errorInWords } from "./error_in_words.ts";
import { type Ask, Stopped, workerClient } from "./worker_client.ts";

const abilities = {
  isolated: globalThis.crossOriginIsolated,
  webgpu: await hasWebgpu(),
  processors: navigator.hardwareConcurrency,
};
const client = workerClient(
  () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
  { tell: showProgress, restore },
);

/** Files that are dropped together, and the network that they belong to where they are weights alone. */
interface Source {
  files: readonly File[];
  network?: string;
}

let state: PageState | undefined;
/** What the model that is open came from. */
let source: Source = { files: [] };
let rows: NetworkRows | undefined;
/** Whether what runs is a plan, beside which another one may be chosen. */
let planning = false;
/** Weights that wait for the name of their network. */
let waiting: readonly File[] = [];

async function take(files: readonly File[]): Promise<void> {
  if (isBusy()) return showError("Cannot open another model now: wait until what runs is done, or stop it");
  // What was said or asked of the files before is over.
  for (const element of [elements.error, elements.weights]) show(element, false);
  try {
    if (!await needNetwork(files)) return await open({ files });
    waiting = files;
    fill(elements.weightsName, files.map(({ name }) => name).join(", "));
    show(elements.weights, true);
    elements.network.focus();
  } catch (error) {
    showError(error);
  }
}

/** Has the worker open files, whose contents it gets. */
async function askOpen(ask: Ask, { files, ...network }: Source): Promise<OpenedModel> {
  const read = await readFiles(files);
  return ask("open", { files: read, ...network }, read.map(({ bytes }) => bytes.buffer));
}

/** Brings a new worker to where the page is. */
async function restore(ask: Ask): Promise<void> {
  if (!state) return;
  const { pruned, planned } = state;
  await askOpen(ask, source);
  if (pruned) {
    await ask("plan", pruned.choice);
    await ask("prune", {});
  }
  if (planned && planned !== pruned?.choice) await ask("plan", planned);
}

async function open(from: Source): Promise<void> {
  const names = from.files.map(({ name }) => name).join(", ");
  const before = state;
  await during(`Opening ${names || from.network}`, async () => {
    const opened = await askOpen(client.ask, from);
    state = afterOpening(opened, state);
    source = from;
    show(elements.weights, false);
    show(elements.work, true);
    document.body.classList.add("opened");
    fill(elements.name, opened.name);
    fill(
      elements.facts,
      markup`${opened.facts.map(({ label, text }) => markup`<div><dt>${label}</dt><dd>${text}</dd></div>`)}`,
    );
    fill(elements.sizes, sizesView(opened.openInputs));
    rows = networkRows(elements.drawing, opened.drawing, showRow);
    showRow(undefined);
    refocus(elements.name);
    return `Opened ${opened.name}`;
  }, refresh);
  if (state && state !== before) plan(state.choice);
}

function showRow(row: number | undefined): void {
  if (!state) return;
  const { opened: { drawing }, plan } = state;
  fill(elements.legend, row !== undefined && rowSentence(drawing, plan, row) || legendSentence(drawing));
}

const plan = latestOnly(async (choice: PlanRequest) => {
  planning = true;
  await during("Planning", async () => {
    const plan = await client.ask("plan", choice).catch(revert(choice));
    // Something else may have been chosen meanwhile.
    state = afterPlanning(state!, plan, choice);
    return undefined;
  }, refresh);
  planning = false;
  refresh();
});

/** Where a choice could not be planned, the one before holds again. */
const revert = (choice: PlanRequest) => (error: Error): never => {
  if (state) state = withoutPlan(state, choice);
  throw error;
};

/** Takes what is chosen in the form. */
function choose(): void {
  if (!state) return;
  const data = new FormData(elements.choices);
  const criterion = data.get("criterion") as CriterionName;
  // What ranks by another criterion, as FPGM does for long, is not waited for.
  if (planning && criterion !== state.choice.criterion) client.stop();
  const choice = withTarget(state.plan, {
    target: data.get("target") as TargetKind,
    keep: Number(elements.keep.value) / 100,
    criterion,
    inputShapes: sizesOf(data, state.opened.openInputs),
  });
  state = { ...state, choice };
  plan(choice);
  refresh();
}

const pruneNow = () =>
  during("Pruning", async () => {
    const pruned = await client.ask("prune", {});
    state = afterPruning(state!, pruned);
    return `Pruned: ${state.pruned!.name}`;
  }, refresh);

const checkNow = () =>
  during("Checking", async () => {
    const check = await client.ask("check", {}).catch(failure);
    state = { ...state!, check };
    return "failed" in check ? check.failed : checkSentence(check);
  }, refresh);

const timeNow = () =>
  during("Timing", async () => {
    const engines: PageEngine[] = abilities.webgpu ? ["wasm", "webgpu"] : ["wasm"];
    for (const engine of engines) {
      const time = await client.ask("time", { engine }).catch(failure);
      state = { ...state!, times: { ...state!.times, [engine]: time } };
      refresh();
    }
    return "Timed: see the table";
  }, refresh);

const downloadNow = () =>
  during("Writing", async () => {
    const file = await client.ask("file", {});
    saveFile(file);
    return `Downloaded ${file.name}`;
  }, refresh);

function failure(error: unknown): Failure {
  if (error instanceof Stopped) throw error;
  return { failed: errorInWords(error) };
}

async function hasWebgpu(): Promise<boolean> {
  return (await navigator.gpu?.requestAdapter().catch(() => null) ?? null) !== null;
}

/** Shows the state. */
function refresh(): void {
  allow(elements.example, !isBusy());
  if (!state) return;
  const { opened, plan, choice, pruned } = state;
  const least = leastKept(plan, choice.target) ?? 100;
  const { keep } = elements;
  [keep.min, keep.value] = [`${least}`, `${Math.round(100 * choice.keep)}`];
  keep.setAttribute("aria-valuetext", `${keep.value} % of the ${choice.target}`);
  fill(elements.kept, `${keep.value} %`);
  for (const radio of elements.choices.querySelectorAll<HTMLInputElement>('[name="target"]')) {
    radio.checked = radio.value === choice.target;
    radio.disabled = leastKept(plan, radio.value as TargetKind) === undefined;
  }
  elements.criterion.value = choice.criterion;
  fill(elements.about, CRITERIA[choice.criterion as keyof typeof CRITERIA].about);
  fill(elements.costs, costsView(plan, choice.target));
  fill(elements.summary, summaryView(plan));
  fill(elements.groups, groupsView(plan, opened.drawing.rows));
  fill(elements.protected, protectedView(plan));
  const limits = pruned ? limitations(abilities) : [];
  fill(
    elements.results,
    markup`${resultView(state)}${limits.map((line) => markup`<p class="note">${line}</p>`)}`,
  );
  rows?.show(rowPlans(opened.drawing, plan));
  elements.choices.inert = isBusy() && !planning;
  allow(elements.prune, !isBusy() && state.planned !== undefined && !isCurrent(state));
  for (const button of [elements.check, elements.time, elements.download]) {
    allow(button, !isBusy() && pruned !== undefined);
  }
}

const options = (names: readonly string[], title = (name: string) => name) =>
  markup`${names.map((name) => markup`<option value="${name}">${title(name)}</option>`)}`;
fill(
  elements.criterion,
  options(Object.keys(CRITERIA), (name) => CRITERIA[name as keyof typeof CRITERIA].title),
);
fill(
  elements.network,
  options(
    Object.entries(NETWORK_DEPTHS).flatMap(([family, depths]) => depths.map((depth) => `${family}${depth}`)),
  ),
);
onFiles(elements.files, { take, over: (hovering) => document.body.classList.toggle("hovering", hovering) });
elements.files.addEventListener("click", (event) => isBusy() && event.preventDefault());
onPress(elements.example, () => open({ files: [], network: "cifar-resnet20" }));
elements.weights.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isBusy()) open({ files: waiting, network: elements.network.value });
});
elements.choices.addEventListener("input", choose);
elements.choices.addEventListener("submit", (event) => event.preventDefault());
onPress(elements.prune, pruneNow);
onPress(elements.check, checkNow);
onPress(elements.time, timeNow);
onPress(elements.download, downloadNow);
onPress(elements.stop, () => client.end());
show(elements.notStarted, false);
show(elements.opening, true);
