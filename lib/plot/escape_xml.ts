/** Text as it may stand in SVG or HTML, between tags and in attributes. */
export function escapeXml(text: string): string {
  return validXml(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text without the characters that no XML document may have, not even escaped; each becomes U+FFFD. */
export function validXml(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
}
