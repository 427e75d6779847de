import { startGateway } from "./gateway";
import type { Gateway } from "./gateway";

export interface LuaBlocks {
  readonly init: string;
  readonly initWorker?: string;
  /** Further directives of the http block. */
  readonly http?: string;
  /** Content handlers by the path of their location. */
  readonly locations: Readonly<Record<string, string>>;
}

/** nginx with the built modules on its path, the dict, and nothing else of the product: for specs of single adapters. */
export class LuaNginx {
  private constructor(private readonly gateway: Gateway) {}

  /** @param files further ones, by path under nginx's prefix */
  static async start(
    blocks: LuaBlocks,
    files: Readonly<Record<string, string>> = {},
    allowedErrors: readonly RegExp[] = [],
  ): Promise<LuaNginx> {
    return new LuaNginx(await startGateway({ config: {}, conf: conf(blocks), files, allowedErrors }));
  }

  /** nginx's prefix. */
  get directory(): string {
    return this.gateway.directory;
  }

  errorLog(): string {
    return this.gateway.errorLog();
  }

  /** Calls a location and decodes what it answers. */
  async call<T>(location: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    const url = `http://127.0.0.1:${this.gateway.port}${location}?${new URLSearchParams(query).toString()}`;
    const response = await fetch(url);
    if (response.status !== 200) {
      throw new Error(`${location}: ${response.status}\n${this.gateway.errorLog()}`);
    }
    return (await response.json()) as T;
  }
}

function conf({ init, initWorker = "", http = "lua_socket_log_errors off;", locations }: LuaBlocks): string {
  const handlers = Object.entries(locations).map(
    ([location, lua]) => `location = ${location} { content_by_lua_block {\n${lua}\n} }`,
  );
  return `include modules.con[f];
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log notice;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path client_body_temp;
  proxy_temp_path proxy_temp;
  fastcgi_temp_path fastcgi_temp;
  uwsgi_temp_path uwsgi_temp;
  scgi_temp_path scgi_temp;
  large_client_header_buffers 4 64k;
  ${http}
  lua_shared_dict switchboard 128k;
  lua_package_path "$prefix/lua/?.lua;;";
  init_by_lua_block {\n${init}\n}
  init_worker_by_lua_block {\n${initWorker}\n}
  server {
    listen 127.0.0.1:{port};
    ${handlers.join("\n")}
  }
}
`;
}
