import type { VariableSource } from "../core/affinity/cookie";

/** The nginx variables of the current request. */
export const variables: VariableSource = { variable: (name) => ngx.var[name] };
