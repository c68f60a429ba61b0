/** Text as it may stand in HTML, in attributes too. The kernel shows HTML as it is given. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
