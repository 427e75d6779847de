import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Gateway } from "./gateway";

/** Calls of the state file's disk at which a gateway can be killed. */
export type DiskCall =
  "write" | "sync" | "rename" | "remove" | "truncate" | "syncFolderOf" | "open" | "close";

/** `half`: of a write, when half of it is done. */
export type Moment = "before" | "half" | "after";

export interface DiskFault {
  readonly call: DiskCall;
  readonly moment: Moment;
  /** Which of these calls since the start of the worker. */
  readonly nth: number;
}

const FILE = "conf/fault";

/** From the next start on; `undefined`: none. */
export function setFault(gateway: Gateway, fault: DiskFault | undefined): void {
  const file = path.join(gateway.directory, FILE);
  if (fault === undefined) rmSync(file, { force: true });
  else writeFileSync(file, `${fault.call} ${fault.moment} ${fault.nth}`);
}

/** In the worker: the call that the file names kills the master and then the worker, which must be allowed to. */
const KILL_AT_FAULT = `
local file = io.open(ngx.config.prefix() .. "${FILE}")
if file then
  local call, moment, nth = file:read("*a"):match("(%w+) (%w+) (%d+)")
  file:close()
  local ffi = require "ffi"
  ffi.cdef "int getppid(void); int getpid(void); int kill(int pid, int sig);"
  local function die()
    ffi.C.kill(ffi.C.getppid(), 9)
    ffi.C.kill(ffi.C.getpid(), 9)
    while true do end
  end
  local disk = require("resty.switchboard.ngx.disk").disk
  local original = disk[call]
  local count = 0
  disk[call] = function(self, ...)
    count = count + 1
    if count ~= tonumber(nth) then return original(self, ...) end
    if moment == "before" then die() end
    if moment == "half" then
      local open, name, text = ...
      original(self, open, name, text:sub(1, math.floor(#text / 2)))
      die()
    end
    original(self, ...)
    die()
  end
end`;

/** A conf as the bundled one, but for the fault, and for workers that may kill their master. */
export const FAULTY_CONF = `include modules.con[f];
user root root;
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log notice;
events { worker_connections 512; }
http {
    lua_package_path "$prefix/lua/?.lua;;";
    include switchboard/http-base.conf;
    init_by_lua_block { require("resty.switchboard").init() }
    init_worker_by_lua_block {
        ${KILL_AT_FAULT}
        require("resty.switchboard").init_worker()
    }
    access_log off;
    client_body_temp_path client_body_temp;
    proxy_temp_path proxy_temp;
    fastcgi_temp_path fastcgi_temp;
    uwsgi_temp_path uwsgi_temp;
    scgi_temp_path scgi_temp;
    server { listen 127.0.0.1:{port}; location / { return 204; } }
    server { listen 127.0.0.1:{admin_port}; include switchboard/admin.conf; }
}`;
