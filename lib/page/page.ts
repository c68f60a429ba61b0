/** The page: what is on it, and what happens where something is done. All that takes long is its worker's. */
import { NETWORK_DEPTHS } from "../cli/network_depths.ts";
import type { CriterionName } from "../prune/criteria/table.ts";
import { CRITERIA } from "./criteria.ts";
import { byId, fill, show } from "./dom.ts";
import { onFiles, readFiles, saveFile } from "./dropped_files.ts";
import { errorInWords } from "./error_in_words.ts";
import { html } from "./html.ts";
import { latestOnly } from "./latest_only.ts";
import { needNetwork } from "./need_network.ts";
import { type NetworkRows, networkRows } from "./network_rows.ts";
import { legendView, rowPlans } from "./network_view.ts";
import type { PageEngine, PageFile, PlanRequest, ProgressView, TargetKind } from "./protocol.ts";
import { resultView } from "./result_view.ts";
import { limitations } from "./sentences.ts";
import { sizesOf, sizesView } from "./sizes_view.ts";
import { afterOpening, afterPruning, isCurrent, leastKept, type PageState } from "./state.ts";
import { costsView, factsView, groupsView, protectedView, summaryView } from "./views.ts";
import { Stopped, workerClient } from "./worker_client.ts";

const input = byId("files", HTMLInputElement);
const [choices, weights] = [byId("choices", HTMLFormElement), byId("weights", HTMLFormElement)];
const [criterion, network] = [byId("criterion", HTMLSelectElement), byId("network-name", HTMLSelectElement)];
const keep = byId("keep", HTMLInputElement);
const buttons = {
  prune: byId("prune", HTMLButtonElement),
  check: byId("check", HTMLButtonElement),
  time: byId("time", HTMLButtonElement),
  download: byId("download", HTMLButtonElement),
};
const stop = byId("stop", HTMLButtonElement);
const part = (id: string): HTMLElement => byId(id, HTMLElement);

const abilities = {
  isolated: globalThis.crossOriginIsolated,
  webgpu: "gpu" in navigator,
  processors: navigator.hardwareConcurrency,
};

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const client = workerClient(worker, showProgress);

let state: PageState | undefined;
let rows: NetworkRows | undefined;
let waiting: PageFile[] = [];
/** How many pieces of work run: while any does, nothing else is begun. */
let busy = 0;

/** Does something that takes long, and says so; what goes wrong stands on the page. */
async function during(doing: string, work: () => Promise<void>): Promise<void> {
  busy++;
  fill(part("doing"), html`${doing}…`);
  refresh();
  try {
    await work();
    fill(part("doing"), "");
  } catch (error) {
    fill(part("doing"), error instanceof Stopped ? "Stopped." : "");
    if (!(error instanceof Stopped)) showError(error);
  } finally {
    busy--;
    show(byId("progress", HTMLProgressElement), false);
    show(stop, false);
    refresh();
  }
}

function showError(error: unknown): void {
  fill(part("error"), html`${errorInWords(error)}`);
  show(part("error"), true);
}

function showProgress({ title, done, total }: ProgressView): void {
  const bar = byId("progress", HTMLProgressElement);
  fill(part("doing"), html`${title}${total > 0 && `, ${done} of ${total}`}…`);
  if (total > 0) [bar.max, bar.value] = [total, done];
  else bar.removeAttribute("value");
  show(bar, true);
  show(stop, total > 0);
}

async function open(files: PageFile[], name?: string): Promise<void> {
  show(part("error"), false);
  await during(`Opening ${files.map(({ name }) => name).join(", ")}`, async () => {
    const asks = { files, ...name !== undefined && { network: name } };
    const opened = await client.ask("open", asks);
    show(weights, false);
    state = afterOpening(opened, state);
    show(part("work"), true);
    document.body.classList.add("opened");
    fill(part("model-name"), html`${opened.name}`);
    fill(part("facts"), factsView(opened));
    fill(part("legend"), legendView(opened.drawing));
    fill(part("sizes"), sizesView(opened.openInputs));
    rows = networkRows(part("drawing"), opened.drawing);
    [keep.min, keep.value] = ["1", "100"];
    await survey();
  });
}

/** The first plan, which keeps all, tells what can be reached; then half is kept, or the least above it. */
async function survey(): Promise<void> {
  const { choice } = state!;
  const all = { ...choice, target: "bytes", keep: 1 } as const;
  state = { ...state!, plan: await client.ask("plan", all) };
  const target = leastKept(state.plan!, choice.target) === undefined ? "parameters" : choice.target;
  const least = leastKept(state.plan!, target) ?? 100;
  [keep.min, keep.value] = [`${least}`, `${Math.max(50, least)}`];
  state = { ...state, choice: { ...choice, target, keep: Number(keep.value) / 100 } };
  state = { ...state, plan: await client.ask("plan", state.choice) };
}

const replan = latestOnly(async (choice: PlanRequest) => {
  show(part("error"), false);
  await during("Planning", async () => {
    const plan = await client.ask("plan", choice);
    if (state) state = { ...state, plan };
  });
});

/** Takes what is chosen in the form. */
function choose(): void {
  if (!state) return;
  const data = new FormData(choices);
  const target = data.get("target") as TargetKind;
  const before = state.choice;
  if (target !== before.target && state.plan) {
    const least = leastKept(state.plan, target) ?? 100;
    keep.min = `${least}`;
    if (Number(keep.value) < least) keep.value = keep.min;
  }
  const inputShapes = sizesOf(data, state.opened.openInputs);
  const ranked = data.get("criterion") as CriterionName;
  state = { ...state, choice: { target, keep: Number(keep.value) / 100, criterion: ranked, inputShapes } };
  // What ranks by another criterion, as FPGM does for long, is not waited for.
  if (ranked !== before.criterion) client.stop();
  replan(state.choice);
  refresh();
}

async function pruneNow(): Promise<void> {
  await during("Pruning", async () => {
    state = afterPruning(state!, await client.ask("prune", {}));
  });
}

async function checkNow(): Promise<void> {
  await during("Checking", async () => {
    const check = await client.ask("check", {}).catch(failure);
    state = { ...state!, check };
  });
}

async function timeNow(): Promise<void> {
  await during("Timing", async () => {
    const engines: PageEngine[] = abilities.webgpu ? ["wasm", "webgpu"] : ["wasm"];
    for (const engine of engines) {
      const time = await client.ask("time", { engine }).catch(failure);
      state = { ...state!, times: { ...state!.times, [engine]: time } };
      refresh();
    }
  });
}

function failure(error: unknown): { failed: string } {
  if (error instanceof Stopped) throw error;
  return { failed: errorInWords(error) };
}

/** Shows the state. */
function refresh(): void {
  const working = busy > 0;
  const { pruned, plan, choice, opened } = state ?? {};
  buttons.prune.disabled = working || !plan || isCurrent(state!);
  for (const button of [buttons.check, buttons.time, buttons.download]) button.disabled = working || !pruned;
  input.disabled = working && !state;
  if (!state || !plan || !choice || !opened) return;
  for (const radio of choices.querySelectorAll<HTMLInputElement>('[name="target"]')) {
    radio.checked = radio.value === choice.target;
    radio.disabled = leastKept(plan, radio.value as TargetKind) === undefined;
  }
  fill(part("kept"), html`${keep.value} %`);
  fill(part("costs"), costsView(plan, choice.target));
  fill(part("summary"), summaryView(plan));
  fill(part("groups"), groupsView(plan, opened.drawing.rows));
  fill(part("protected"), protectedView(plan));
  fill(part("criterion-about"), html`${CRITERIA[choice.criterion as keyof typeof CRITERIA].about}`);
  fill(
    part("results"),
    html`${resultView(state)}${
      pruned && limitations(abilities).map((line) => html`<p class="note">${line}</p>`)
    }`,
  );
  rows?.show(rowPlans(opened.drawing, plan));
}

async function take(files: readonly File[]): Promise<void> {
  try {
    const read = await readFiles(files);
    const names = read.map(({ name }) => name);
    if (!needNetwork(names)) return await open(read);
    waiting = read;
    fill(part("weights-name"), html`${names.join(", ")}`);
    show(weights, true);
    network.focus();
  } catch (error) {
    showError(error);
  }
}

fill(
  criterion,
  html`${Object.entries(CRITERIA).map(([name, { title }]) => html`<option value="${name}">${title}`)}`,
);
fill(
  network,
  html`${
    Object.entries(NETWORK_DEPTHS).map(([family, depths]) =>
      depths.map((depth) => html`<option>${family}${depth}`)
    )
  }`,
);
onFiles(input, { take, over: (hovering) => document.body.classList.toggle("hovering", hovering) });
weights.addEventListener("submit", (event) => {
  event.preventDefault();
  open(waiting, network.value);
});
choices.addEventListener("input", choose);
choices.addEventListener("submit", (event) => event.preventDefault());
buttons.prune.addEventListener("click", pruneNow);
buttons.check.addEventListener("click", checkNow);
buttons.time.addEventListener("click", timeNow);
buttons.download.addEventListener("click", async () => saveFile(await client.ask("file", {})));
stop.addEventListener("click", () => client.stop());
show(part("not-started"), false);
show(part("opening"), true);
