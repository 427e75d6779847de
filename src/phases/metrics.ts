import { writePage } from "../core/metrics/page";
import { slicer } from "../ngx/chore";
import { metricsWorld } from "../ngx/metrics-world";

/** `content_by_lua` of the page that Prometheus reads. */
export function metrics(): void {
  const method = ngx.req.get_method();
  ngx.req.discard_body();
  if (method !== "GET" && method !== "HEAD") {
    ngx.status = 405;
    ngx.header["Allow"] = "GET, HEAD";
    ngx.header["Content-Type"] = "application/json";
    ngx.print('{"error":{"code":"method_not_allowed","message":"metrics take GET"}}\n');
    return;
  }
  ngx.header["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8";
  if (method === "HEAD") {
    ngx.send_headers();
    return;
  }
  const pause = slicer();
  writePage(metricsWorld, { write: (lines) => ngx.print(lines), pause: () => pause() });
}
