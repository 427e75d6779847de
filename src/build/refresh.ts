/**
 * Makes `output` anew with `make` if the content of its inputs (files and folders), or of the toolchain, is not what it
 * was made from. `setup.mjs` has it, since it needs it before anything is compiled, and gives it to the tasks.
 */
export type Refresh = (output: string, inputs: readonly string[], make: () => void) => void;
