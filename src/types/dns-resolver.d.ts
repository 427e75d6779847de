/** lua-resty-dns, under both of its names. What its calls return: its own README. */

/** @noSelf */
declare module "resty.dns.resolver" {
  export interface Options {
    /** `[host, port]`; an IPv6 host in brackets. */
    readonly nameservers: readonly (readonly [host: string, port: number])[];
    /** How often a question is sent over UDP. */
    readonly retrans: number;
    /** Milliseconds. */
    readonly timeout: number;
  }

  export interface DnsRecord {
    readonly type: number;
    readonly ttl: number;
    readonly address?: string;
  }

  export interface Answers extends ReadonlyArray<DnsRecord> {
    /** The response code if it is not 0. */
    readonly errcode?: number;
  }

  export interface Client {
    query(
      this: Client,
      name: string,
      options: { readonly qtype: number },
    ): LuaMultiReturn<[answers: Answers] | [answers: undefined, err: string]>;
  }

  export interface Library {
    "new"(
      this: Library,
      options: Options,
    ): LuaMultiReturn<[client: Client] | [client: undefined, err: string]>;
  }
}
