import { answerRefusal, answerStream, headOf, type AdminAnswer } from "../admin/answer";
import { refusal } from "../admin/errors";
import { writePage } from "../core/metrics/page";
import { sendAnswer } from "../ngx/admin-answer";
import { refuseStranger } from "../ngx/admin-guard";
import { adminWorld } from "../ngx/admin-world";
import { slicer } from "../ngx/chore";
import { metricsWorld } from "../ngx/metrics-world";

const PAGE: AdminAnswer = answerStream(
  (out) => {
    const pause = slicer();
    writePage(metricsWorld, { write: (pieces) => out.write(pieces.join("")), pause: () => pause() });
  },
  { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
);

/** `content_by_lua` of the page that Prometheus reads. nginx itself drops a body that nobody read. */
export function metrics(): void {
  sendAnswer(refuseStranger() ?? answerTo(ngx.req.get_method()));
}

function answerTo(method: string): AdminAnswer {
  if (method === "GET") return PAGE;
  if (method === "HEAD") return headOf(PAGE);
  const wrong = refusal("method_not_allowed", "/metrics takes GET");
  return answerRefusal(wrong, adminWorld(), { Allow: "GET, HEAD" });
}
