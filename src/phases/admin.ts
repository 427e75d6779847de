import { handle } from "../admin/handler";
import { sendAnswer } from "../ngx/admin-answer";
import { refuseStranger } from "../ngx/admin-guard";
import { readAdminRequest } from "../ngx/admin-request";
import { adminWorld } from "../ngx/admin-world";

/** `content_by_lua` of the admin server. nginx itself drops a body that nobody read. */
export function admin(): void {
  sendAnswer(refuseStranger() ?? handle(readAdminRequest(), adminWorld()));
}
