import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { installWithApt } from "../../src/cli/nginx/install";
import { temporaryFolder } from "../support/temporary-folder";

/** Notes its arguments and what the service policy says meanwhile. */
const APT_GET = `#!/bin/sh
cd "$(dirname "$0")"
./policy-rc.d; echo "policy $?" >> calls
echo "$DEBIAN_FRONTEND: $*" >> calls
case " $* " in *" install "*) exit "$(cat rc)";; esac
exit 100
`;

function fakeApt(rc: number): { folder: string; policy: string; calls: () => string[] } {
  const folder = temporaryFolder({ "apt-get": APT_GET, rc: `${rc}` });
  process.env["PATH"] = `${folder}:${SEARCH_PATH}`;
  return {
    folder,
    policy: path.join(folder, "policy-rc.d"),
    calls: () => readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n"),
  };
}

const SEARCH_PATH = process.env["PATH"];
beforeEach(() => jest.spyOn(console, "log").mockReturnValue());
afterEach(() => {
  process.env["PATH"] = SEARCH_PATH;
});

describe("the installation with apt-get", () => {
  it("asks nothing, starts no service, and goes on where a source is out of reach", () => {
    const apt = fakeApt(0);
    expect(installWithApt(apt.policy)).toBe(true);
    expect(apt.calls()).toEqual([
      "policy 101",
      expect.stringMatching(/^noninteractive: .*update$/),
      "policy 101",
      expect.stringMatching(
        /^noninteractive: .*install -y --no-install-recommends nginx libnginx-mod-http-lua /,
      ),
    ]);
    expect(existsSync(apt.policy)).toBe(false);
  });

  it("tells of a failure and takes the service policy away", () => {
    const apt = fakeApt(100);
    expect(installWithApt(apt.policy)).toBe(false);
    expect(existsSync(apt.policy)).toBe(false);
  });

  it("leaves a service policy of the operator as it is", () => {
    const apt = fakeApt(0);
    writeFileSync(apt.policy, "#!/bin/sh\nexit 7\n", { mode: 0o755 });
    expect(installWithApt(apt.policy)).toBe(true);
    expect(apt.calls()).toContain("policy 7");
    expect(readFileSync(apt.policy, "utf8")).toContain("exit 7");
  });
});
