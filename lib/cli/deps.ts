/** What reads the command line, pinned: no dependencies of its own, MIT. */
export { Command, CommanderError } from "npm:commander@15.1.0";
