import { handle } from "../admin/handler";
import { adminWorld } from "../ngx/admin-world";

/** `content_by_lua` of the admin server. */
export function admin(): void {
  ngx.req.discard_body();
  const { status, body, allow } = handle(ngx.req.get_method(), ngx.var["uri"] ?? "", adminWorld);
  ngx.status = status;
  ngx.header["Content-Type"] = "application/json";
  ngx.header["Allow"] = allow;
  ngx.print(body, "\n");
}
