import type { Latency } from "../prune/latency/latency.ts";
import { type Html, html } from "./html.ts";
import { percent, shortBytes, shortTime } from "./numbers.ts";
import type { CheckView, PageEngine, TimeView } from "./protocol.ts";
import { type Failure, isCurrent, type PageState } from "./state.ts";

/** Engines, and how the page calls them. */
const ENGINES: Readonly<Record<PageEngine, string>> = { wasm: "WebAssembly", webgpu: "WebGPU" };

/** All that is known of what was pruned. */
export function resultView(state: PageState): Html {
  const { pruned, plan, check, times } = state;
  if (!pruned) return html`<p class="note">Prune to check, time and download the smaller model.</p>`;
  const parts = Object.entries(times) as [PageEngine, TimeView | Failure][];
  const timed = parts.flatMap(([, time]) => "failed" in time ? [] : [time]);
  return html`
    <p
      class="wrote"><strong>${pruned.name}</strong>, ${shortBytes(pruned.bytes)}${plan &&
        ` (was ${shortBytes(plan.before.bytes)})`}${!isCurrent(state) && html`
        <span class="stale">The plan has changed since: prune again.</span>
      `}</p>${check && checkLine(check)}${timed.length > 0 && timesTable(timed)}${parts.map((
        [engine, time],
      ) => "failed" in time && html`<p>${ENGINES[engine]}: ${time.failed}</p>`)}
  `;
}

function checkLine(check: CheckView | Failure): Html {
  if ("failed" in check) return html`<p class="bad">${check.failed}</p>`;
  return html`
    <p
      class="good">Computes what the masked original does: the largest difference is ${inPowers(
        check.difference,
      )} of the largest output. ${check.device}.</p>
  `;
}

/** `1.2 · 10⁻⁷`. */
function inPowers(value: number): string {
  if (value === 0) return "0";
  const [digits, exponent] = value.toExponential(1).split("e") as [string, string];
  const raised = [...`${Number(exponent)}`].map((sign) => RAISED[sign]).join("");
  return `${digits} · 10${raised}`;
}

const RAISED: Readonly<Record<string, string>> = Object.fromEntries(
  [..."-0123456789"].map((sign, i) => [sign, [..."⁻⁰¹²³⁴⁵⁶⁷⁸⁹"][i]!]),
);

function timesTable(times: readonly TimeView[]): Html {
  return html`
    <table class="times">
      <caption>One example, median of ${times[0]!.before.runs} runs in turns (middle half)</caption>
      <thead>
        <tr>
          <th scope="col">engine</th>
          <th scope="col">before</th>
          <th scope="col">after</th>
          <th scope="col">of the time</th>
        </tr>
      </thead>
      <tbody>${times.map(({ engine, before, after }) =>
        html`
          <tr>
            <th scope="row">${ENGINES[engine]}<small>${before.device}</small></th>
            <td>${latency(before)}</td>
            <td>${latency(after)}</td>
            <td>${percent(after.median / before.median)}</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}

function latency({ median, quartiles: [low, high] }: Latency): Html {
  return html`${shortTime(median)}<small>${shortTime(low)} to ${shortTime(high)}</small>`;
}
