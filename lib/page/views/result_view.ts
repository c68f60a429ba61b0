import type { Latency } from "../../prune/latency/latency.ts";
import { type Markup, markup } from "./markup.ts";
import { percent } from "../../amounts.ts";
import { shortBytes, shortTime } from "./numbers.ts";
import type { CheckView, PageEngine, TimeView } from "../protocol.ts";
import { type Failure, isCurrent, type PageState } from "../state.ts";

/** Engines, and how the page calls them. */
const ENGINES: Readonly<Record<PageEngine, string>> = { wasm: "WebAssembly", webgpu: "WebGPU" };

/** All that is known of what was pruned. */
export function resultView(state: PageState): Markup {
  const { pruned, plan, check, times } = state;
  if (!pruned) return markup`<p class="note">Prune to check, time and download the smaller model.</p>`;
  const tried = Object.entries(times) as [PageEngine, TimeView | Failure][];
  const timed = tried.flatMap(([, time]) => "failed" in time ? [] : [time]);
  const failed = tried.flatMap(([engine, time]) =>
    "failed" in time ? [markup`<p class="note">${ENGINES[engine]}: ${time.failed}</p>`] : []
  );
  const software = timed.some(({ software }) => software) &&
    markup`<p class="note">The WebGPU of this browser is software on the processor: a GPU takes other times.</p>`;
  const stale = !isCurrent(state) &&
    markup` <span class="stale">The plan has changed since: prune again.</span>`;
  const sizes = `${shortBytes(pruned.bytes)} (was ${shortBytes(plan.before.bytes)})`;
  return markup`<p class="wrote"><strong>${pruned.name}</strong>, ${sizes}${stale}</p>
    ${check && checkLine(check)}${timed.length > 0 && timesTable(timed)}${software}${failed}`;
}

function checkLine(check: CheckView | Failure): Markup {
  if ("failed" in check) return markup`<p class="bad">${check.failed}</p>`;
  return markup`<p class="good">${checkSentence(check)}</p>`;
}

/** What came of a check, in a sentence. */
export function checkSentence({ difference, device }: CheckView): string {
  return `Checked: it computes what the original with those channels masked does. The largest difference is ` +
    `${inPowers(difference)} of the largest output, on ${device}.`;
}

/** `1.2 · 10⁻⁷`. */
function inPowers(value: number): string {
  if (value === 0) return "0";
  const [digits, exponent] = value.toExponential(1).split("e") as [string, string];
  return `${digits} · 10${[...`${Number(exponent)}`].map((sign) => RAISED[sign]).join("")}`;
}

const RAISED: Readonly<Record<string, string>> = Object.fromEntries(
  [..."-0123456789"].map((sign, i) => [sign, [..."⁻⁰¹²³⁴⁵⁶⁷⁸⁹"][i]!]),
);

function timesTable(times: readonly TimeView[]): Markup {
  const line = ({ engine, before, after }: TimeView) => {
    const device = before.device.replace("CPU in WebAssembly, ", "");
    return markup`<tr><th scope="row">${ENGINES[engine]}<small>${device}</small></th>
      <td>${latency(before)}</td><td>${latency(after)}</td>
      <td>${percent(after.median / before.median)}<small>${before.runs} rounds</small></td></tr>`;
  };
  return markup`<table class="times"><caption>One example in turns: median, and middle half</caption>
    <thead><tr><th scope="col">engine</th><th scope="col">before</th><th scope="col">after</th>
      <th scope="col">of the time</th></tr></thead><tbody>${times.map(line)}</tbody></table>`;
}

function latency({ median, quartiles: [low, high] }: Latency): Markup {
  return markup`${shortTime(median)}<small>${shortTime(low)} – ${shortTime(high)}</small>`;
}
