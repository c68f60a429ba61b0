/**
 * Photographs the page with a model in it, light and dark, as wide as a laptop and as narrow as a telephone:
 *
 *     deno run -A tests/page/screenshots.ts model.onnx [folder]
 *
 * @module
 */
import { basename, join } from "node:path";
import { builtPage } from "./page.ts";

const [path, folder = "results/page"] = Deno.args;
if (!path) throw new TypeError("Expected a model: screenshots.ts <model.onnx> [folder]");
await Deno.mkdir(folder, { recursive: true });
const built = await builtPage();
try {
  await using opened = await built.open();
  const { page, idle } = opened;
  const shoot = async (name: string) => {
    // Until all that came into sight is painted.
    await page.waitForTimeout(1000);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  await shoot("begin");
  await page.locator("#files").setInputFiles(path);
  await page.locator("#costs .target").waitFor();
  await idle();
  await shoot("laptop-light");
  for (const step of ["prune", "check", "time"]) {
    await page.locator(`#${step}`).click();
    await idle();
  }
  for (const part of ["going", "staying"]) await page.locator(`#${part} summary`).click();
  await page.locator("#drawing li").nth(4).click();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("#results").scrollIntoViewIfNeeded();
  await shoot("laptop-dark");
  await page.setViewportSize({ width: 400, height: 860 });
  await shoot("narrow-dark");
  await page.locator("#drawing").scrollIntoViewIfNeeded();
  await shoot("narrow-network-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.locator("#plan").scrollIntoViewIfNeeded();
  await shoot("narrow-light");
  console.log(`${basename(path)}: pictures in ${folder}`);
} finally {
  await built.close();
}
Deno.exit(0);
