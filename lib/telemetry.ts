/** Where ONNX Runtime's native builds ask whether they may report, from version 1.29 on. */
const SWITCH = "ORT_DISABLE_TELEMETRY";

/**
 * Keeps ONNX Runtime's native build from reporting to its makers: unasked it keeps a number for the machine
 * and a log of sessions in the user's cache folder, with names and hashes of models, and sends it. Read when
 * the library is loaded, so to be called before; what the user has set stays as it is. A program that may not
 * set variables (`--allow-env`) goes on without a word, and so does the report.
 */
export function sendNoTelemetry(): void {
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } };
  try {
    if (process) process.env[SWITCH] ??= "1";
  } catch {
    // Not permitted.
  }
}
