/** @type {import("jest").Config} */
const shared = {
  rootDir: __dirname,
  testEnvironment: "node",
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  setupFiles: ["<rootDir>/src/cli/lua-globals.ts"],
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/.run"],
  // Else each use of it is looked up in the sandbox, which takes longer than what is computed.
  sandboxInjectedGlobals: ["Math"],
};

const live = {
  ...shared,
  setupFilesAfterEnv: ["<rootDir>/spec/support/live.ts"],
  globalSetup: "<rootDir>/spec/support/live-setup.ts",
  globalTeardown: "<rootDir>/spec/support/live-teardown.ts",
};

module.exports = {
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/spec/{core,admin,relay,simulator}/**/*.spec.ts"],
    },
    { ...live, displayName: "nginx", testMatch: ["<rootDir>/spec/nginx/**/*.spec.ts"] },
    { ...live, displayName: "cli", testMatch: ["<rootDir>/spec/cli/**/*.spec.ts"] },
  ],
};
