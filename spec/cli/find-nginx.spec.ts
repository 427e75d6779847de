import path from "node:path";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { findNginx, inspect } from "../../src/cli/nginx/find";
import { KINDS } from "../../src/cli/nginx/kinds";
import { temporaryFolder } from "../support/temporary-folder";

const NOWHERE = { searchPath: "", hasUsualPlaces: false, mayInstall: false };
const OPENRESTY =
  "#!/bin/sh\necho 'nginx version: openresty/1.27.1.2\nconfigure arguments: --add-module=../ngx_lua-0.10.28' >&2\n";

describe("the search for nginx", () => {
  it("says exactly what to install where there is none", () => {
    const packages = "nginx libnginx-mod-http-lua lua-resty-core lua-cjson lua-nginx-dns luajit2";
    expect(() => ensurePlatform(NOWHERE)).toThrow(
      `neither openresty nor nginx is installed: install OpenResty, or on Debian as root: apt-get install ${packages}`,
    );
  });

  it("takes openresty before nginx", () => {
    const folder = temporaryFolder({
      openresty: OPENRESTY,
      nginx: "#!/bin/sh\necho 'nginx version: nginx/1.22.1' >&2\n",
    });
    const { nginx } = findNginx({ ...NOWHERE, searchPath: folder });
    expect(nginx?.executable).toBe(path.join(folder, "openresty"));
    expect(nginx?.kind.name).toBe("openresty");
  });

  it("knows OpenResty's nginx by its built-in Lua module, whatever it is called", () => {
    const folder = temporaryFolder({ nginx: OPENRESTY });
    expect(inspect(path.join(folder, "nginx")).nginx?.kind.name).toBe("openresty");
  });

  it("names the files that a kind needs and lacks, and their packages", () => {
    const folder = temporaryFolder({
      nginx: "#!/bin/sh\necho 'nginx version: nginx/1.22.1' >&2\n",
      "x86/cjson.so": "",
    });
    const needs = [
      { file: `${folder}/modules/lua.so`, package: "lua-module" },
      { file: `${folder}/*/cjson.so`, package: "lua-cjson" },
      { file: `${folder}/*/ndk.so`, package: "ndk-module" },
    ];
    const kind = { ...KINDS.at(-1)!, needs };
    expect(inspect(path.join(folder, "nginx"), [kind]).problem).toBe(
      `${folder}/nginx lacks ${folder}/modules/lua.so (package lua-module), ${folder}/*/ndk.so (package ndk-module)`,
    );
  });

  it("refuses a program that is no nginx", () => {
    const folder = temporaryFolder({ nginx: "#!/bin/sh\nexit 0\n" });
    expect(inspect(path.join(folder, "nginx")).problem).toBe(`${folder}/nginx is not an nginx`);
  });
});
