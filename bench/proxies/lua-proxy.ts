import { existsSync } from "node:fs";
import { freePort } from "../../spec/support/free-port";
import { nginx, startNginx } from "./nginx-process";
import type { Proxy } from "./proxy";

/** Proxies as people write them in Lua: one content handler in the way of `proxy_pass`, and two light threads. */

/** The larger the message, the larger a buffer it needs: as much as the largest here, and room. */
const MAX_MESSAGE_BYTES = 1_048_576;
const IDLE_MS = 3_600_000;
const LIBRARY_PLACES = [
  { file: "/usr/share/lua/5.1/nginx/websocket/server.lua", module: "nginx.websocket" },
  { file: "/usr/local/openresty/lualib/resty/websocket/server.lua", module: "resty.websocket" },
];

const library = LIBRARY_PLACES.find(({ file }) => existsSync(file))?.module;

/** Where lua-resty-websocket is installed: it takes every message apart and puts it together again. */
export const restyWebsocket: readonly Proxy[] =
  library === undefined ? [] : [luaProxy("lua-resty-websocket", () => framesByLibrary(library))];

/** Hands on whatever comes without a look at it: the least that a relay in Lua can cost. */
export function bareRelay(bufferSize?: string): Proxy {
  const name = bufferSize === undefined ? "bare Lua relay" : `bare Lua relay, ${bufferSize}`;
  return luaProxy(name, bytesAsTheyCome, bufferSize);
}

function luaProxy(name: string, handler: (backendPort: number) => string, bufferSize?: string): Proxy {
  return {
    name,
    async start(backendPort) {
      const port = await freePort();
      const buffer = bufferSize === undefined ? "" : `lua_socket_buffer_size ${bufferSize};`;
      return startNginx(port, { config: "", conf: conf(port, buffer, handler(backendPort), backendPort) });
    },
  };
}

function conf(port: number, directives: string, handler: string, backendPort: number): string {
  return `
${nginx.kind.confFiles.map((file) => `include ${file};`).join("\n")}
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log crit;
events {
    worker_connections 65536;
}
http {
    access_log off;
    server {
        listen 127.0.0.1:${port};
        ${directives}
        location / {
            set $backend_port ${backendPort};
            content_by_lua_block {
${handler}
            }
        }
    }
}
`;
}

function framesByLibrary(module: string): string {
  return `
local server = require "${module}.server"
local client = require "${module}.client"
local options = { timeout = ${IDLE_MS}, max_payload_len = ${MAX_MESSAGE_BYTES} }
local up = assert(client:new(options))
local is_up, why = up:connect("ws://127.0.0.1:" .. ngx.var.backend_port .. ngx.var.request_uri)
if not is_up then
  ngx.log(ngx.CRIT, why)
  return ngx.exit(502)
end
local down = assert(server:new(options))

local opcodes = { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 }
local function pump(from, to)
  while true do
    local data, kind, more = from:recv_frame()
    if not data then return end
    if kind == "close" then
      to:send_close(more, data)
      return
    end
    local is_final = more ~= "again"
    if not to:send_frame(is_final, opcodes[kind], data) then return end
  end
end
local a = ngx.thread.spawn(pump, down, up)
local b = ngx.thread.spawn(pump, up, down)
ngx.thread.wait(a, b)
ngx.exit(444)`;
}

function bytesAsTheyCome(): string {
  return `
local up = ngx.socket.tcp()
up:settimeouts(2000, ${IDLE_MS}, ${IDLE_MS})
if not up:connect("127.0.0.1", ngx.var.backend_port) then return ngx.exit(502) end
up:send(ngx.req.raw_header())
local line = up:receive("*l")
if not line or not line:find(" 101 ", 1, true) then return ngx.exit(502) end
ngx.status = 101
while true do
  line = up:receive("*l")
  if not line then return ngx.exit(502) end
  if line == "" then break end
  local name, value = line:match("^([^:]+):%s*(.*)$")
  ngx.header[name] = value
end
ngx.send_headers()
ngx.flush(true)
local down = assert(ngx.req.socket(true))
down:settimeouts(2000, ${IDLE_MS}, ${IDLE_MS})

local function pump(from, to)
  while true do
    local data = from:receiveany(65536)
    if not data or not to:send(data) then return end
  end
end
local a = ngx.thread.spawn(pump, down, up)
local b = ngx.thread.spawn(pump, up, down)
ngx.thread.wait(a, b)
ngx.exit(444)`;
}
