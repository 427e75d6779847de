import { access as runAccess } from "./phases/access";
import { admin as runAdmin } from "./phases/admin";
import { balance as runBalance } from "./phases/balancer";
import { reportError as runError } from "./phases/error";
import { headerFilter as runHeaderFilter } from "./phases/header-filter";
import { init, registerBalancer } from "./phases/init";
import { initWorker } from "./phases/init-worker";
import { log as runLog } from "./phases/log";
import { protect } from "./ngx/protect";

/** The module that nginx's configuration calls: `require "resty.switchboard"`. Its names are the public interface. */

function access(): void {
  if (!protect("access", runAccess)) ngx.exit(500);
}

function balance(): void {
  if (!protect("balance", runBalance)) ngx.exit(500);
}

function headerFilter(): void {
  protect("header_filter", runHeaderFilter);
}

function log(): void {
  protect("log", runLog);
}

function error(): void {
  if (!protect("error", runError)) ngx.exit(500);
}

function admin(): void {
  if (!protect("admin", runAdmin)) ngx.exit(500);
}

export {
  init,
  initWorker as init_worker,
  access,
  balance,
  headerFilter as header_filter,
  log,
  error,
  admin,
  registerBalancer as register_balancer,
};
