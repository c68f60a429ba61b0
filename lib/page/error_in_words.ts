/** An error as a sentence that stands on the page. */
export function errorInWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const sentence = message.trim() || "Something failed and did not say why";
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
