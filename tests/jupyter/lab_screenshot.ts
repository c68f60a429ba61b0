/**
 * Opens a notebook in a real JupyterLab, runs all its cells and photographs it:
 *
 *     deno run -A tests/jupyter/lab_screenshot.ts notebooks/00_tour.ipynb tour.png
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import { openBrowser } from "../browser.ts";
import { startLab } from "./lab.ts";

/** What was seen of a cell's output. */
export interface SeenOutput {
  text: string;
  html: string;
}

/** Settings of {@linkcode photographNotebook}. */
export interface PhotographOptions {
  /** Where to write the PNG, if anywhere. */
  picture?: string;
  /** Longest time for all cells, in seconds. Default 120. */
  limit?: number;
}

/**
 * Runs all cells of a notebook in JupyterLab in Chromium and returns, for each code cell, what its output area
 * shows. Throws when the cells are not done in time.
 */
export async function photographNotebook(
  notebook: string,
  { picture, limit = 120 }: PhotographOptions = {},
): Promise<SeenOutput[]> {
  const path = resolve(notebook);
  const lab = await startLab(dirname(path));
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    const answered = Promise.withResolvers<void>();
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        if (String(payload).includes("kernel_info_reply")) answered.resolve();
      }));
    await page.goto(lab.address(basename(path)));
    const panel = page.locator(".jp-NotebookPanel");
    await panel.locator(".jp-CodeCell").first().waitFor({ timeout: 60_000 });
    // JupyterLab shows "Idle" before there is a kernel, and forgets the cells that one runs then.
    await Promise.race([answered.promise, page.waitForTimeout(60_000)]);
    await panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60_000 });
    await page.waitForTimeout(500);
    const run = async (what: string) => {
      await page.locator('.lm-MenuBar-itemLabel:text-is("Run")').click();
      await page.locator(`.lm-Menu-itemLabel:text-is("${what}")`).click();
    };
    // A kernel that is just starting may give what waiting cells put out to the last of them: one alone comes first.
    await panel.locator(".jp-CodeCell").first().locator(".cm-content").click();
    await run("Run Selected Cell");
    await panel.locator(".jp-CodeCell").first().locator(".jp-InputPrompt", { hasText: "[1]" }).waitFor();
    await run("Run All Cells");
    await page.waitForFunction(
      () => {
        const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")];
        return prompts.length > 0 && prompts.every((prompt) => /\[\d+\]/.test(prompt.textContent ?? ""));
      },
      undefined,
      { timeout: limit * 1000 },
    );
    await page.waitForTimeout(500); // outputs that come after idle
    const seen = await panel.locator(".jp-CodeCell").evaluateAll((cells) =>
      cells.map((cell) => {
        const area = cell.querySelector(".jp-Cell-outputArea");
        // Not innerText: JupyterLab hides cells that are out of sight, and hidden text is none.
        return { text: area?.textContent?.trim() ?? "", html: area?.innerHTML ?? "" };
      })
    );
    if (picture) {
      // As tall as the notebook, so that one picture shows all of it.
      const height = await panel.locator(".jp-WindowedPanel-outer").evaluate((outer) => outer.scrollHeight);
      await page.setViewportSize({ width: 1280, height: Math.min(height + 200, 16_000) });
      await page.waitForTimeout(1000);
      await page.screenshot({ path: picture });
    }
    return seen;
  } finally {
    await browser.close();
    await lab.stop();
  }
}

if (import.meta.main) {
  const [notebook, picture = "notebook.png"] = Deno.args;
  if (!notebook) throw new TypeError("Expected a notebook: lab_screenshot.ts <notebook.ipynb> [picture.png]");
  for (const [i, { text }] of (await photographNotebook(notebook, { picture, limit: 3600 })).entries()) {
    console.log(`cell ${i + 1}: ${text.slice(0, 200).replaceAll("\n", " / ")}`);
  }
  Deno.exit(0);
}
