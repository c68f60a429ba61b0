/** Where the numbers of a paper's figure come from. */
export interface SourceOptions {
  /** One line, which stands below the drawing: data, network, engine, preset, seeds. */
  source: string;
}
