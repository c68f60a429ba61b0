import assert from "node:assert/strict";
import { drawChannelGroups } from "../../lib/drawings/channel_groups.ts";
import { groupMarks, SINGLE } from "../../lib/drawings/group_marks.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { MUTED } from "../../lib/plot/palette.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { select } from "../plot/select.ts";

Deno.test("channels that leave together share a colour and a letter, in the drawing and in its legend", () => {
  const groups = channelGroups(resnetCifar({ depth: 20, widths: [4, 8, 16], shortcut: "B" }));
  const { wide } = groupMarks(groups);
  const figure = drawChannelGroups(groups);
  const boxes = select(figure, "g > g, g").filter(({ children }) => children[0]?.getAttribute("rx") === "5");
  const fillOf = (box: Element) => box.children[0]!.getAttribute("fill");
  assert.ok(wide.length > 0);
  for (const { letter, color, layers } of wide) {
    const own = boxes.filter((box) => fillOf(box) === color);
    assert.equal(own.length, layers);
    for (const box of own) assert.match(box.textContent!, new RegExp(`^${letter}  conv`));
    assert.ok(figure.svg.includes(`>${letter}: `));
  }
  const labels = select(figure, "text").map(({ textContent }) => textContent);
  assert.ok(labels.includes(`${groups.prunable.length - wide.length} groups within one layer`));
  assert.equal(boxes.filter((box) => fillOf(box) === SINGLE).length, groups.prunable.length - wide.length);
  // The outputs must stay, and are grey.
  assert.equal(boxes.filter((box) => fillOf(box) === MUTED).length, 1);
});
