/**
 * The module that nginx's configuration calls: `require "resty.switchboard"`. Its names are the public interface.
 *
 * The phase functions are not wrapped in a `pcall`: nginx itself logs an error that leaves one, with where it came from, and fails
 * the request with 500, which becomes the gateway's `internal_error`; and LuaJIT compiles nothing that returns to a `pcall`.
 */
export { access } from "./phases/access";
export { admin } from "./phases/admin";
export { balance } from "./phases/balancer";
export { reportError as error } from "./phases/error";
export { headerFilter as header_filter } from "./phases/header-filter";
export { init, registerBalancer as register_balancer } from "./phases/init";
export { initWorker as init_worker } from "./phases/init-worker";
export { log } from "./phases/log";
export { metrics } from "./phases/metrics";
