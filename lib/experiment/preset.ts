import { RangeError } from "../errors.ts";

/**
 * The preset of a name.
 *
 * @throws RangeError where there is none, with the names there are
 */
export function presetNamed<P>(presets: Readonly<Record<string, P>>, name: string): P {
  if (Object.hasOwn(presets, name)) return presets[name]!;
  throw new RangeError(`Cannot find preset "${name}": expected one of ${Object.keys(presets).join(", ")}`);
}
