/** The environment variable that says what type errors of a cell do: `off`, `warn` or `error`. */
export const CHECK_VARIABLE = "ESPALIER_CHECK";
