/**
 * Opens a notebook in a real JupyterLab, runs all its cells and photographs it:
 *
 *     deno run -A tests/jupyter/lab_screenshot.ts notebooks/00_tour.ipynb tour.png
 *
 * @module
 */
import { openInLab } from "./lab_page.ts";

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
  await using lab = await openInLab(notebook);
  const { page, panel, choose } = lab;
  await choose("Run", "Run All Cells");
  await page.waitForFunction(
    () => {
      const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
        .map((prompt) => prompt.textContent).filter((text) => text); // a cell whose code is hidden has none
      return prompts.length > 0 && prompts.every((prompt) => /\[\d+\]/.test(prompt!));
    },
    undefined,
    { timeout: limit * 1000 },
  );
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
}

if (import.meta.main) {
  const [notebook, picture = "notebook.png"] = Deno.args;
  if (!notebook) throw new TypeError("Expected a notebook: lab_screenshot.ts <notebook.ipynb> [picture.png]");
  for (const [i, { text }] of (await photographNotebook(notebook, { picture, limit: 3600 })).entries()) {
    console.log(`cell ${i + 1}: ${text.slice(0, 200).replaceAll("\n", " / ")}`);
  }
  Deno.exit(0);
}
