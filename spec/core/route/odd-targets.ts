/**
 * Request targets and Host headers that are easy to get wrong, one byte per character, with what nginx makes of them.
 * The core spec checks Switchboard's functions against this table, a live spec checks nginx itself.
 */
export interface OddTarget {
  readonly target: string;
  /** Absent where nginx answers 400. */
  readonly path?: string;
}

/** Two bytes: a literal would be two characters in one runtime and four in the other. */
const E_ACUTE = String.fromCharCode(0xc3, 0xa9);

export const ODD_TARGETS: readonly OddTarget[] = [
  { target: "/", path: "/" },
  { target: "/?", path: "/" },
  { target: "/#", path: "/" },
  { target: "/a?b/../c", path: "/a" },
  { target: "/a?b#c", path: "/a" },
  { target: "/a#b?c", path: "/a" },
  { target: "/Chat", path: "/Chat" },
  { target: "/a%20b", path: "/a b" },
  { target: "/a+b;c=1", path: "/a+b;c=1" },
  { target: "/a\\b", path: "/a\\b" },
  { target: `/%c3%A9${E_ACUTE}`, path: `/${E_ACUTE}${E_ACUTE}` },
  { target: "/a%0ab%7f", path: "/a\nb\x7f" },
  { target: "/a%3Fb%23c", path: "/a?b#c" },
  { target: "/a%2541", path: "/a%41" },
  { target: "/a%2Fb", path: "/a/b" },
  { target: "//a///b//", path: "/a/b/" },
  { target: "/a%2f/%2Fb", path: "/a/b" },
  { target: "/.", path: "/" },
  { target: "/./a/./b/.", path: "/a/b/" },
  { target: "/a/..", path: "/" },
  { target: "/a/b/../../c", path: "/c" },
  { target: "/a//../b", path: "/b" },
  { target: "/a/b/..%2f", path: "/a/" },
  { target: "/a/%2e/b/.%2E", path: "/a/" },
  { target: "/a/..?x", path: "/" },
  { target: "/a/.#x", path: "/a/" },
  { target: "/.a/..b/c./d../...", path: "/.a/..b/c./d../..." },
  { target: "http://h", path: "/" },
  { target: "http://h?x=1", path: "/" },
  { target: "http://h:80", path: "/" },
  { target: "http://h.:/a/../b?c", path: "/b" },
  { target: "WS://H/a", path: "/a" },
  { target: "a+b-1.0://h/a", path: "/a" },
  { target: "http://[::1]:8020/a", path: "/a" },
  { target: "http://[v1.a~b!]/a", path: "/a" },
  { target: "http://.h/a", path: "/a" },
  { target: "/.." },
  { target: "/%2e%2e" },
  { target: "/a/../.." },
  { target: "/a%2f..%2f../b" },
  { target: "/a%00" },
  { target: "/a%" },
  { target: "/a%4" },
  { target: "/a%4g" },
  { target: "/a b" },
  { target: "/a\tb" },
  { target: "/a\x7f" },
  { target: "/a?b\x01" },
  { target: "a" },
  { target: "*" },
  { target: "://h/" },
  { target: "1http://h/" },
  { target: "http:/h/" },
  { target: "http://" },
  { target: "http:///a" },
  { target: "http://:80/a" },
  { target: "http://./a" },
  { target: "http://h../a" },
  { target: "http://h#x" },
  { target: "http://h:x/a" },
  { target: "http://u@h/a" },
  { target: "http://a_b/a" },
  { target: "http://[::1/a" },
  { target: "http://[::1]x/a" },
];

export interface OddHost {
  readonly header: string;
  readonly host: string;
}

export const ODD_HOSTS: readonly OddHost[] = [
  { header: "Chat.Example.COM", host: "chat.example.com" },
  { header: "h:80", host: "h" },
  { header: "h:", host: "h" },
  { header: "h:x", host: "h" },
  { header: "h:80:90", host: "h" },
  { header: "h.", host: "h" },
  { header: "h.:80", host: "h" },
  { header: ".h", host: ".h" },
  { header: "127.0.0.1:8020", host: "127.0.0.1" },
  { header: "[::1]", host: "[::1]" },
  { header: "[FE80::A]:8020", host: "[fe80::a]" },
  { header: "[::1].", host: "[::1]" },
  { header: "[::1]x:1", host: "[::1]" },
  { header: "[::1", host: "[::1" },
  { header: "a_b%2e*", host: "a_b%2e*" },
];
