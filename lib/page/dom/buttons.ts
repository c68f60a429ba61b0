/**
 * Lets a button be pressed, or not. It keeps the focus where it may not: one that is disabled would drop it,
 * and who works by keys would begin anew at the top of the page.
 */
export function allow(button: HTMLButtonElement, allowed: boolean): void {
  button.setAttribute("aria-disabled", `${!allowed}`);
}

/** Calls back where a button is pressed that may be. */
export function onPress(button: HTMLButtonElement, action: () => void): void {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") action();
  });
}

/** Gives the focus to an element, where what has it is out of sight, or nothing has it. */
export function refocus(element: Element | null): void {
  const { activeElement, body } = document;
  if (activeElement && activeElement !== body && activeElement.checkVisibility()) return;
  if (element instanceof HTMLElement && element !== body && element.checkVisibility()) {
    element.focus({ preventScroll: true });
  }
}
