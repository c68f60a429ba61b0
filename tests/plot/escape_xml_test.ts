import assert from "node:assert/strict";
import { parseHTML } from "../../lib/plot/deps.ts";
import { escapeXml, validXml } from "../../lib/plot/escape_xml.ts";

Deno.test("text comes back from a parser as it was, between tags and in attributes", () => {
  const text = `<b> & "quotes" and 'more' &amp; &#60; ]]> é 🦕`;
  const { document } = parseHTML(
    `<p title="${escapeXml(text)}" lang='${escapeXml(text)}'>${escapeXml(text)}</p>`,
  );
  const p = document.querySelector("p") as unknown as Element;
  assert.deepEqual([p.textContent, p.getAttribute("title"), p.getAttribute("lang")], [text, text, text]);
  assert.equal(p.children.length, 0);
});

Deno.test("what XML 1.0 has no character for becomes U+FFFD, and all that it has stays", () => {
  const strange = ["\0", "\x08", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff", "\udc00", "\ud800"];
  assert.equal(validXml(strange.join("")), "\ufffd".repeat(strange.length));
  const allowed = "\t\n\r \x7f\x85\ud7ff\ue000\ufffd\u{10000}";
  assert.equal(validXml(allowed), allowed);
});
