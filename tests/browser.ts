import { type Browser, chromium } from "npm:playwright-core@1.65.1";
import { existsSync } from "node:fs";

/** The system's Chromium, if there is one. */
export const chromiumPath: string | undefined = [
  Deno.env.get("CHROMIUM_PATH"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path !== undefined && existsSync(path));

/** A headless browser; whoever opens it closes it. */
export function openBrowser(args: readonly string[] = []): Promise<Browser> {
  if (!chromiumPath) {
    throw new Error("Cannot open a browser: no Chromium found; install it, or set CHROMIUM_PATH");
  }
  // A container's root has no sandbox to run it in; the pages are our own.
  return chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-dev-shm-usage", ...args],
  });
}
