import { type Bundle, joined, lines, type Output } from "./notebook.ts";
import type { Message } from "../protocol/wire.ts";
import { WIDGET_MIME } from "../widget.ts";

/** Where the outputs of one run collect: displays can be updated from any later cell. */
export interface Displays {
  /** The stored outputs of each display, by its `display_id`. */
  byId: Map<string, { data: Bundle; metadata: Record<string, unknown> }[]>;
  /** Cells whose outputs go away when the next one comes (`clear_output` with `wait`). */
  clearing: Set<Output[]>;
}

/**
 * Changes `outputs` of a cell as the kernel's message about it says. Messages of other types change nothing.
 */
export function applyMessage(outputs: Output[], message: Message, displays: Displays): void {
  ROWS[message.type]?.(outputs, message.content, displays);
}

type Content = Record<string, unknown>;
type Row = (outputs: Output[], content: Content, displays: Displays) => void;

const ROWS: Record<string, Row> = {
  stream(outputs, { name, text }, displays) {
    clearIfAsked(outputs, displays);
    const last = outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) {
      last.text = lines(joined(last.text) + text);
    } else {
      outputs.push({
        output_type: "stream",
        name: name === "stderr" ? "stderr" : "stdout",
        text: lines(String(text)),
      });
    }
  },
  display_data(outputs, content, displays) {
    clearIfAsked(outputs, displays);
    const output = { output_type: "display_data" as const, ...stored(content) };
    outputs.push(output);
    const id = displayId(content);
    if (id !== undefined) displays.byId.set(id, [...displays.byId.get(id) ?? [], output]);
  },
  update_display_data(_outputs, content, displays) {
    for (const output of displays.byId.get(displayId(content) ?? "") ?? []) {
      Object.assign(output, stored(content));
    }
  },
  execute_result(outputs, content, displays) {
    clearIfAsked(outputs, displays);
    const execution_count = content.execution_count as number;
    outputs.push({ output_type: "execute_result", ...stored(content), execution_count });
  },
  error(outputs, content, displays) {
    clearIfAsked(outputs, displays);
    const { ename, evalue, traceback } = content as { ename: string; evalue: string; traceback: string[] };
    outputs.push({ output_type: "error", ename, evalue, traceback });
  },
  clear_output(outputs, { wait }, displays) {
    if (wait) displays.clearing.add(outputs);
    else outputs.length = 0;
  },
};

function clearIfAsked(outputs: Output[], displays: Displays): void {
  if (displays.clearing.delete(outputs)) outputs.length = 0;
}

function displayId({ transient }: Content): string | undefined {
  return (transient as { display_id?: string } | undefined)?.display_id;
}

function stored(content: Content): { data: Bundle; metadata: Record<string, unknown> } {
  // A slider's twin is gone when the notebook is stored: the words in its place stay.
  const lasting = Object.entries(content.data as Bundle).filter(([mime]) => mime !== WIDGET_MIME);
  const data = lasting.map(([mime, value]) =>
    [mime, typeof value === "string" && isText(mime) ? lines(value) : value] as const
  );
  return { data: Object.fromEntries(data), metadata: (content.metadata ?? {}) as Record<string, unknown> };
}

/** Base64 and JSON stay whole; text is stored by line. */
function isText(mime: string): boolean {
  return mime.startsWith("text/") || mime === "image/svg+xml";
}
