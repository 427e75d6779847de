/**
 * The kinds of nginx that Switchboard runs on. Every path, module and package name that belongs to one kind stands
 * here and nowhere else.
 */
export interface NginxKind {
  readonly name: "openresty" | "debian";
  /** Looked up on the PATH, then at `places`. */
  readonly commands: readonly string[];
  readonly places: readonly string[];
  /** Marks an executable of this kind in the output of `-V`. */
  readonly mark: RegExp;
  /** Files it needs beside the executable and the package each comes from; one folder may be `*`. */
  readonly needs: readonly { readonly file: string; readonly package: string }[];
  /** Files of `nginx/` that only this kind has in its configuration. */
  readonly confFiles: readonly string[];
  readonly luajitPlaces: readonly string[];
}

const OPENRESTY: NginxKind = {
  name: "openresty",
  commands: ["openresty"],
  places: ["/usr/local/openresty/nginx/sbin/nginx", "/usr/local/openresty/bin/openresty"],
  mark: /--add-module=\S*(ngx_lua|lua-nginx-module)/,
  needs: [],
  confFiles: [],
  luajitPlaces: ["/usr/local/openresty/luajit/bin/luajit"],
};

const DEBIAN: NginxKind = {
  name: "debian",
  commands: ["nginx"],
  places: ["/usr/sbin/nginx"],
  mark: /^nginx version:/,
  needs: [
    { file: "/usr/lib/nginx/modules/ndk_http_module.so", package: "libnginx-mod-http-ndk" },
    { file: "/usr/lib/nginx/modules/ngx_http_lua_module.so", package: "libnginx-mod-http-lua" },
    { file: "/usr/share/lua/5.1/resty/core.lua", package: "lua-resty-core" },
    { file: "/usr/lib/*/lua/5.1/cjson.so", package: "lua-cjson" },
  ],
  confFiles: ["modules.conf"],
  luajitPlaces: ["/usr/bin/luajit"],
};

/** In the order in which they are looked for; the first whose mark fits an executable is its kind. */
export const KINDS: readonly NginxKind[] = [OPENRESTY, DEBIAN];

/** What `apt-get install` is given on Debian; `openssl` makes the certificates of the TLS specs. */
export const DEBIAN_PACKAGES: readonly string[] = [
  "nginx",
  "libnginx-mod-http-lua",
  "lua-resty-core",
  "lua-cjson",
  "lua-nginx-dns",
  "luajit2",
  "ca-certificates",
  "openssl",
];
