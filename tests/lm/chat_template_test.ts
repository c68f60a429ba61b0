import assert from "node:assert/strict";
import { chatTemplate } from "../../lib/lm/chat_template.ts";

const SOURCE =
  "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}" +
  "{% if add_generation_prompt %}<assistant>{% endif %}";

Deno.test("a template writes turns with the vocabulary's own begin and end, up to the next answer", async () => {
  const write = await chatTemplate(SOURCE, { begin: "^", end: "$" });
  const turns = [{ role: "system", content: "Be brief." }, { role: "user", content: "Why?" }];
  assert.equal(write(turns), "^<system>Be brief.$<user>Why?$<assistant>");
  assert.equal(write.source, SOURCE);
  assert.equal((await chatTemplate(SOURCE))([]), "<assistant>");
});

Deno.test("what is no template, and turns that it refuses, are told with a way out", async () => {
  await assert.rejects(chatTemplate("{% for"), {
    name: "SyntaxError",
    message: /give the prompt as text instead$/,
  });
  const refusing = await chatTemplate("{{ raise_exception('only users') }}");
  assert.throws(() => refusing([{ role: "tool", content: "" }]), {
    name: "TypeError",
    message: /turns of tool: .*only users/,
  });
});
