import { access } from "./phases/access";
import { admin } from "./phases/admin";
import { balance } from "./phases/balancer";
import { reportError } from "./phases/error";
import { headerFilter } from "./phases/header-filter";
import { init, registerBalancer } from "./phases/init";
import { initWorker } from "./phases/init-worker";
import { log } from "./phases/log";
import { protectedPhase } from "./ngx/protect";

/** The module that nginx's configuration calls: `require "resty.switchboard"`. Its names are the public interface. */

const fail = (): void => ngx.exit(500);
const goOn = (): void => undefined;

const protectedAccess = protectedPhase("access", access, fail);
const protectedBalance = protectedPhase("balance", balance, fail);
const protectedHeaderFilter = protectedPhase("header_filter", headerFilter, goOn);
const protectedLog = protectedPhase("log", log, goOn);
const protectedError = protectedPhase("error", reportError, fail);
const protectedAdmin = protectedPhase("admin", admin, fail);

export {
  init,
  initWorker as init_worker,
  protectedAccess as access,
  protectedBalance as balance,
  protectedHeaderFilter as header_filter,
  protectedLog as log,
  protectedError as error,
  protectedAdmin as admin,
  registerBalancer as register_balancer,
};
