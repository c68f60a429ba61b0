import { importPackage } from "../deps.ts";

/** Python in WebAssembly, imported only so that it is there: it runs in a process of its own. */
export const importPyodide = (): Promise<typeof import("npm:pyodide@314.0.7")> =>
  importPackage("npm:pyodide@314.0.7");

/** Address of Pyodide's module on this machine, beside which all its files lie. */
export const pyodideModule = (): string => import.meta.resolve("npm:pyodide@314.0.7");
