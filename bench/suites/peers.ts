import { haproxy, haproxyVersion } from "../proxies/haproxy";
import type { Proxy } from "../proxies/proxy";

/** HAProxy where it is installed. */
export const otherProxies: readonly Proxy[] = haproxyVersion() === undefined ? [] : [haproxy];
