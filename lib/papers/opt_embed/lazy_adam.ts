import { adam, type AdamOptions, type Optimizer } from "../../train/optimizers.ts";

/**
 * Adam that leaves rows without a gradient as they are, moments and L2 too, as lazy and sparse
 * implementations do: a control, to see what touching every row at every step does.
 */
export function lazyAdam(options: AdamOptions): Optimizer {
  const every = adam(options);
  return {
    ...every,
    name: `lazy ${every.name}`,
    update(g, context) {
      const { value, gradient, state } = context;
      const after = every.update(g, context);
      const sizes = g.abs(gradient);
      const axes = g.shape(gradient).map((_, axis) => axis).slice(1);
      const touched = g.greater(axes.length > 0 ? g.reduceMax(sizes, axes) : sizes, 0);
      return {
        value: g.where(touched, after.value, value),
        state: Object.fromEntries(
          every.state.map((name) => [name, g.where(touched, after.state[name]!, state[name]!)]),
        ),
      };
    },
  };
}
