import packageJson from "../../package.json";
import { VERSION } from "../../src/core/version";

it("the version that the gateway tells is the package's", () => {
  expect(VERSION).toBe(packageJson.version);
});
