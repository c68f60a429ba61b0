import { refocus } from "./buttons.ts";
import { fill, show } from "./dom.ts";
import { elements } from "./elements.ts";
import { errorInWords } from "../error_in_words.ts";
import type { ProgressView } from "../protocol.ts";
import { Stopped } from "../worker_client.ts";

/** How many pieces of work run. */
let running = 0;

/** Whether work runs that nothing else is to be begun beside. */
export function isBusy(): boolean {
  return running > 0;
}

/**
 * Does something that takes long, and says so; what goes wrong stands on the page.
 *
 * @param work resolves to what came of it in a sentence, for those who hear the page
 * @param refresh is called when it begins and when it ends
 */
export async function during(
  doing: string,
  work: () => Promise<string | undefined>,
  refresh: () => void,
): Promise<void> {
  running++;
  const focused = document.activeElement;
  fill(elements.doing, `${doing}…`);
  show(elements.error, false);
  refresh();
  try {
    fill(elements.said, await work() ?? "");
  } catch (error) {
    if (error instanceof Stopped) fill(elements.said, "Stopped");
    else showError(error);
  } finally {
    running--;
    if (!isBusy()) { for (const element of [elements.progress, elements.stop]) show(element, false); }
    if (!isBusy()) fill(elements.doing, "");
    refresh();
    refocus(focused);
  }
}

/** Puts an error on the page, as a sentence. */
export function showError(error: unknown): void {
  fill(elements.error, errorInWords(error));
  show(elements.error, true);
  elements.error.scrollIntoView({ block: "nearest" });
}

/** Shows how far what runs is, and that it can be stopped. */
export function showProgress({ title, done, total }: ProgressView): void {
  // A worker that takes the place of another opens again what was open, and nobody waits for that.
  if (!isBusy()) return;
  fill(elements.doing, total > 0 ? `${title}, ${done} of ${total}` : `${title}…`);
  if (total > 0) [elements.progress.max, elements.progress.value] = [total, done];
  else elements.progress.removeAttribute("value");
  for (const element of [elements.progress, elements.stop]) show(element, true);
}
