import { basename, dirname, resolve } from "node:path";
import type { Locator, Page } from "npm:playwright-core@1.65.1";
import { openBrowser } from "../browser.ts";
import { startLab } from "./lab.ts";

/** A notebook that is open in JupyterLab in a browser. */
export interface LabPage {
  /** The browser's page. */
  page: Page;
  /** The notebook. */
  panel: Locator;
  /** The code cell of this number, from 0. */
  cell(index: number): Locator;
  /** Chooses an item of a menu: `Run`, `Run All Cells`. */
  choose(menu: string, item: string): Promise<void>;
  /** Runs one cell. */
  run(index: number): Promise<void>;
  /** Presses the stop button. */
  stop(): Promise<void>;
  /** Waits until a cell's outputs hold a text, and gives all of it. */
  outputOf(index: number, holds: string | RegExp, limit?: number): Promise<string>;
  /** Waits until the kernel does nothing. */
  idle(limit?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens a notebook in a JupyterLab of its own, in the light or dark theme, and waits for its kernel. */
export async function openInLab(
  notebook: string,
  { dark = false }: { dark?: boolean } = {},
): Promise<LabPage> {
  const path = resolve(notebook);
  const lab = await startLab(dirname(path), { dark });
  const browser = await openBrowser();
  const end = async () => {
    await browser.close();
    await lab.stop();
  };
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
    const idle = async (limit = 60) => {
      await panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({
        timeout: limit * 1000,
      });
    };
    const choose = async (menu: string, item: string) => {
      await page.locator(`.lm-MenuBar-itemLabel:text-is("${menu}")`).click();
      await page.locator(`.lm-Menu-itemLabel:text-is("${item}")`).click();
    };
    // JupyterLab shows "Idle" before there is a kernel, and forgets the cells that one runs then.
    await Promise.race([answered.promise, page.waitForTimeout(60_000)]);
    await idle();
    await page.waitForTimeout(500);
    const cell = (index: number) => panel.locator(".jp-CodeCell").nth(index);
    return {
      page,
      panel,
      cell,
      choose,
      idle,
      async run(index) {
        await cell(index).locator(".cm-content").click();
        await page.keyboard.press("Control+Enter");
      },
      stop: () =>
        page.locator('[data-command="notebook:interrupt-kernel"], [data-jp-item-name="interrupt"]').first()
          .click(),
      async outputOf(index, holds, limit = 60) {
        const area = cell(index).locator(".jp-Cell-outputArea");
        await area.filter({ hasText: holds }).waitFor({ timeout: limit * 1000 });
        return (await area.textContent()) ?? "";
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
