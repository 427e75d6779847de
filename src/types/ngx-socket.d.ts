/** A cosocket over TCP or a unix socket; it belongs to the request or timer that made it. */
interface NgxTcpSocket {
  /** @param port left out for a host that is `unix:/path` */
  connect(host: string, port?: number): LuaMultiReturn<[1, string?] | [undefined, string]>;
  sslhandshake(
    session: false | undefined,
    serverName: string,
    isVerified: boolean,
  ): LuaMultiReturn<[true, string?] | [undefined | false, string]>;
  send(data: string | readonly string[]): LuaMultiReturn<[number, string?] | [undefined, string]>;
  /** As soon as there is anything, up to so many bytes. */
  receiveany(maxBytes: number): LuaMultiReturn<[string, string?] | [undefined, string]>;
  /** 0 of a new connection. */
  getreusedtimes(): LuaMultiReturn<[number, string?] | [undefined, string]>;
  /** Of each connect, send and read that follows. */
  settimeout(milliseconds: number): void;
  /** The same for each of them, in milliseconds. */
  settimeouts(connectMs: number, sendMs: number, readMs: number): void;
  close(): LuaMultiReturn<[1, string?] | [undefined, string]>;
}

/** @noSelf */
interface NgxSocketApi {
  tcp(): LuaMultiReturn<[NgxTcpSocket, string?] | [undefined, string]>;
}

/** @noSelf */
interface NgxRequestApi {
  /** The client's connection itself; nothing of the request is read or answered by nginx any more. */
  socket(isRaw: true): LuaMultiReturn<[NgxTcpSocket, string?] | [undefined, string]>;
}

/** @noSelf */
interface NgxApi {
  readonly socket: NgxSocketApi;
  /** 20 bytes. */
  sha1_bin(text: string): string;
}
