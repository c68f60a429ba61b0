/**
 * Part of `@resvg/resvg-js` that is used; its own types name those of Node, which would change the types of
 * all that is checked with it.
 */
export declare class Resvg {
  constructor(svg: string, options?: { fitTo?: { mode: "zoom"; value: number } });
  getBBox(): unknown;
  render(): { asPng(): Uint8Array };
}
