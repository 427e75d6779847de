import type * as ts from "typescript";
import type { CompilerOptions, EmitFile, EmitHost, Plugin } from "typescript-to-lua";

/**
 * Makes compiled specs require the shipped modules: `src.core.x` becomes `resty.switchboard.core.x`, and what TSTL
 * compiled of `src` a second time is dropped. So the files tested under LuaJIT are the files in `dist/lua`.
 */
const SHIPPED = /\brequire\("src\.([^"]+)"\)/g;

const plugin: Plugin = {
  beforeEmit(_program: ts.Program, options: CompilerOptions, _host: EmitHost, plan: EmitFile[]) {
    const shipped = `${options.outDir ?? "."}/src/`;
    const specs = plan.filter((file) => !file.outputPath.startsWith(shipped));
    for (const file of specs) file.code = file.code.replace(SHIPPED, 'require("resty.switchboard.$1")');
    plan.splice(0, plan.length, ...specs);
  },
};

export default plugin;
