/** The cases of the kernels in Chromium: another implementation of WebGPU, and the one that users' browsers have. */
import type { Page } from "npm:playwright-core@1.65.1";
import { chromiumPath, openBrowser } from "../browser.ts";
import { required } from "../data.ts";
import { tagged } from "../tags.ts";
import { bundle } from "./bundle.ts";
import { CASES } from "./cases.ts";
import type { CasePage } from "./page.ts";

/** Chromium keeps WebGPU for known GPUs, unless asked; its software adapter is on every machine. */
const FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Seconds after which a case counts as hanging. */
const LIMIT = 300;

const ignore = !chromiumPath && !required("webgpu");
let opened: ReturnType<typeof openPage> | undefined;
const thePage = () => opened ??= openPage();

for (const { name } of CASES) {
  Deno.test({
    name: tagged(`${name} (Chromium)`, "gpu"),
    ignore,
    async fn() {
      const { run } = await thePage();
      const thrown = await run(name);
      if (thrown !== null) throw new Error(thrown);
    },
  });
}

Deno.test.afterAll(async () => {
  await (await opened?.catch(() => undefined))?.close();
});

/** Opens the page with the cases, served on loopback: WebGPU is only for pages that nobody can have changed. */
async function openPage() {
  const script = await bundle(new URL("./page.ts", import.meta.url));
  const browser = await openBrowser(FLAGS);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) =>
      new URL(url).pathname === "/page.js"
        ? new Response(script, { headers: { "content-type": "text/javascript" } })
        : new Response('<!doctype html><script type="module" src="/page.js"></script>', {
          headers: { "content-type": "text/html" },
        }),
  );
  const close = async () => {
    await browser.close();
    await server.shutdown();
  };
  try {
    const page = await browser.newPage();
    const thrown = Promise.withResolvers<never>();
    page.on("pageerror", thrown.reject);
    page.on("crash", () => thrown.reject(new Error("The page of the cases crashed")));
    thrown.promise.catch(() => {});
    await page.goto(`http://127.0.0.1:${server.addr.port}/`);
    await Promise.race([
      thrown.promise,
      page.waitForFunction(() => (globalThis as unknown as CasePage).adapter),
    ]);
    return { run: (name: string) => Promise.race([thrown.promise, runCase(page, name)]), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the case threw in the page, or null. */
async function runCase(page: Page, name: string): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${LIMIT} s`), LIMIT * 1000);
  });
  const answer = page.evaluate((name) => (globalThis as unknown as CasePage).runCase(name), name);
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
