import assert from "node:assert/strict";
import { markup } from "../../lib/page/views/markup.ts";

Deno.test("values are escaped, markup within markup is not, and what is absent is nothing", () => {
  const name = '<img src=x onerror="alert(1)">';
  assert.equal(`${markup`<b title="${name}">${name}</b>`}`.match(/<img/), null);
  assert.equal(`${markup`<i>${[1, markup`<u>${"&"}</u>`, false, undefined]}</i>`}`, "<i>1<u>&#38;</u></i>");
});
