// Required first by a process of the specs' own whose code is TypeScript: what Jest does for the spec, this does for the process.
const { transformFileSync } = require("@swc/core");

require.extensions[".ts"] = (module, file) => {
  const { code } = transformFileSync(file, {
    jsc: { target: "es2022", parser: { syntax: "typescript" } },
    module: { type: "commonjs" },
    sourceMaps: false,
  });
  module._compile(code, file);
};
