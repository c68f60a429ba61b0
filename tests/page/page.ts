import type { Browser, Page } from "npm:playwright-core@1.65.1";
import { buildPage } from "../../tasks/page.ts";
import { servePage } from "../../tasks/page/serve_page.ts";
import { openBrowser } from "../browser.ts";

/** The page, built once for all tests, and a browser. */
export interface BuiltPage {
  /** The browser, to be closed with the rest. */
  browser: Browser;
  /** Opens the page, with all that it asks for written down, and its errors thrown where it is closed. */
  open(settings?: { isolated?: boolean }): Promise<OpenedPage>;
  close(): Promise<void>;
}

/** A tab with the page. */
export interface OpenedPage {
  page: Page;
  /** Addresses that it asked for, and how. */
  requests: string[];
  /** Waits until nothing runs. */
  idle(): Promise<void>;
  /** Drops files on the page, as a mouse does. */
  drop(files: Readonly<Record<string, Uint8Array>>): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Builds the page and serves it, with headers that isolate it and without. */
export async function builtPage(args: readonly string[] = []): Promise<BuiltPage> {
  const folder = await Deno.makeTempDir();
  await buildPage(folder);
  const servers = [servePage(folder, 0, true), servePage(folder, 0, false)] as const;
  const browser = await openBrowser(args);
  return {
    browser,
    open: ({ isolated = true } = {}) => openPage(browser, servers[isolated ? 0 : 1].addr.port),
    async close() {
      await browser.close();
      for (const server of servers) await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function openPage(browser: Browser, port: number): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 860 }, acceptDownloads: true });
  const page = await context.newPage();
  const [requests, errors]: [string[], Error[]] = [[], []];
  context.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.locator("#opening").waitFor();
  return {
    page,
    requests,
    idle: async () => {
      await page.waitForFunction(() => document.querySelector("#doing")!.textContent === "");
    },
    async drop(files) {
      const named = Object.entries(files).map(([name, bytes]) => ({ name, text: toBase64(bytes) }));
      const dropped = await page.evaluateHandle((named) => {
        const transfer = new DataTransfer();
        for (const { name, text } of named) {
          transfer.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
        }
        return transfer;
      }, named);
      await page.dispatchEvent("body", "drop", { dataTransfer: dropped });
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      if (errors.length > 0) throw errors[0];
    },
  };
}

const toBase64 = (bytes: Uint8Array): string => (bytes as Uint8Array & { toBase64(): string }).toBase64();
