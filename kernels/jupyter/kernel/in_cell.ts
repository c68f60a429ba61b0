/**
 * A line of a stack without the place in a cell that it names: it is one of what the engine made of the cell.
 */
export function inCell(frame: string): string {
  return frame.replace(/<anonymous>:\d+:\d+/, "<cell>");
}
