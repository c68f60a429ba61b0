import { TypeError } from "../../errors.ts";
import { Markup } from "../views/markup.ts";

/** The element of this id, of this kind. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`Cannot find the page's ${kind.name} "${id}": page and program are of two versions`);
}

/** Fills an element with markup, or with text, where it holds another. */
export function fill(element: HTMLElement, content: Markup | string): void {
  const text = `${content}`;
  if (shown.get(element) === text) return;
  shown.set(element, text);
  if (content instanceof Markup) element.innerHTML = text;
  else element.textContent = text;
}

const shown = new WeakMap<HTMLElement, string>();

/** Shows an element, or hides it. */
export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible;
}
