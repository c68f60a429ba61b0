import { importPackage } from "../deps.ts";

/** The client of OpenAI-compatible servers, imported when an endpoint is first asked. */
export const importOpenAI = (): Promise<typeof import("npm:openai@7.59.0")> =>
  importPackage("npm:openai@7.59.0");
