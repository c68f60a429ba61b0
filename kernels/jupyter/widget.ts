import type { KernelComms } from "./in_kernel.ts";
import { decimalsOf, nearestValue, type Range } from "./range.ts";

/** MIME type of an output in whose place a widget stands. */
export const WIDGET_MIME = "application/vnd.jupyter.widget-view+json";

/** Version of the messages between a widget and its twin (ipywidgets, "Jupyter widget messaging"). */
const MESSAGES = "2.1.0";
/** Version of the models below (ipywidgets, "Model state"). */
const MODELS = "2.0.0";

type State = Record<string, unknown>;

/**
 * Opens a slider in all browsers that show the notebook; `changed` hears each value that is chosen, and is
 * waited for: what is chosen meanwhile comes as one. Gives the output in whose place the slider stands.
 */
export async function openSlider(
  kernel: KernelComms,
  range: Range,
  changed: (value: number) => Promise<void>,
): Promise<Record<string, unknown>> {
  const { min, max, value, step, label } = range;
  const layout = await openWidget(kernel, { module: "base", name: "Layout" }, { width: "600px" });
  const style = await openWidget(kernel, { module: "controls", name: "SliderStyle" }, {
    _view_module: "@jupyter-widgets/base",
    _view_name: "StyleView",
    description_width: "initial",
  });
  const state = { min, max, value, step, description: label, readout_format: `.${decimalsOf(range)}f` };
  const slider = await openWidget(
    kernel,
    { module: "controls", name: "FloatSlider" },
    { ...state, layout: `IPY_MODEL_${layout}`, style: `IPY_MODEL_${style}` },
    async ({ value }) => {
      if (typeof value === "number") await changed(nearestValue(range, value));
    },
  );
  return { [WIDGET_MIME]: { version_major: 2, version_minor: 0, model_id: slider } };
}

/** Opens a widget of a module, with what of its state is not the default; gives its id. */
async function openWidget(
  { broadcast, listeners }: KernelComms,
  { module, name }: { module: "base" | "controls"; name: string },
  settings: State,
  changed: (state: State) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const state: State = {};
  for (const part of ["model", "view"]) {
    state[`_${part}_module`] = `@jupyter-widgets/${module}`;
    state[`_${part}_module_version`] = MODELS;
    state[`_${part}_name`] = `${name}${part === "model" ? "Model" : "View"}`;
  }
  Object.assign(state, settings);
  const comm_id = crypto.randomUUID().replaceAll("-", "");
  listeners.set(comm_id, async (data) => {
    // A page that is opened later asks for it.
    if (data?.method === "request_state") return { method: "update", state, buffer_paths: [] };
    if (data?.method !== "update") return;
    Object.assign(state, data.state);
    await changed(data.state as State);
  });
  const data = { state, buffer_paths: [] };
  await broadcast("comm_open", { comm_id, target_name: "jupyter.widget", data }, {
    metadata: { version: MESSAGES },
  });
  return comm_id;
}
