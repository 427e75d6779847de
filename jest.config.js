/** @type {import("jest").Config} */
const shared = {
  rootDir: __dirname,
  testEnvironment: "node",
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  setupFiles: ["<rootDir>/src/cli/lua-globals.ts"],
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/.run"],
};

module.exports = {
  projects: [
    { ...shared, displayName: "unit", testMatch: ["<rootDir>/spec/{core,admin,relay}/**/*.spec.ts"] },
    { ...shared, displayName: "nginx", testMatch: ["<rootDir>/spec/nginx/**/*.spec.ts"] },
    { ...shared, displayName: "cli", testMatch: ["<rootDir>/spec/cli/**/*.spec.ts"] },
  ],
};
