import type { Answers, Library } from "resty.dns.resolver";
import type { Answer, FamilyAnswer, FamilyResult } from "../core/resolve/answer";
import type { Fallible } from "../core/fallible";
import type { Nameserver, Nameservers } from "../core/resolve/nameservers";
import {
  combine,
  isServersFault,
  readRecords,
  responseCodeName,
  TYPE_A,
  TYPE_AAAA,
} from "../core/resolve/answer";
import { absoluteName } from "../core/resolve/dns-name";
import { isIpv6 } from "../core/resolve/ip-address";
import { guarded } from "./guarded";

/** OpenResty bundles the first, Debian packages the second (lua-nginx-dns). */
const LIBRARIES = ["resty.dns.resolver", "nginx.dns.resolver"];

/** Required while the module loads, in the master: a worker may not be allowed to read the library's folder. */
const library = loadLibrary();

function loadLibrary(): Library | undefined {
  for (const name of LIBRARIES) {
    const [isFound, found] = pcall(require, name);
    if (isFound) return found as Library;
  }
  return undefined;
}

/** What to tell an operator whose config has a name in it; `undefined` where names can be resolved. */
export function missingLibrary(): string | undefined {
  if (library !== undefined) return undefined;
  return `the Lua module ${LIBRARIES.join(" or ")} is missing (Debian: apt-get install lua-nginx-dns)`;
}

/**
 * Asks for the IPv4 and IPv6 addresses of a name at once. It yields, and returns at the latest when every server had its
 * time for every attempt, and one more for an answer over TCP.
 */
export function resolveName(name: string, nameservers: Nameservers): Fallible<Answer> {
  const problem = missingLibrary();
  if (problem !== undefined) return $multi(undefined, problem);
  const [question, nameErr] = absoluteName(name);
  if (question === undefined) return $multi(undefined, nameErr);
  const { timeoutMs, attempts } = nameservers.options;
  const limitS = ((nameservers.count() * attempts + 1) * timeoutMs) / 1000;
  const ipv4: Question = { name: question, type: TYPE_A };
  const ipv6: Question = { name: question, type: TYPE_AAAA };
  askWithin(limitS, [ipv4, ipv6], nameservers);
  return combine(ipv4.result ?? LATE, ipv6.result ?? LATE);
}

interface Question {
  readonly name: string;
  readonly type: number;
  result?: FamilyResult;
}

const LATE: FamilyResult = { reason: "no answer in time" };

/** The library's timeout starts anew with every datagram that is not the answer: hence a limit over all. */
function askWithin(limitS: number, questions: readonly Question[], nameservers: Nameservers): void {
  const deadline = { isOver: false };
  const guard = ngx.thread.spawn(() => {
    ngx.sleep(limitS);
    deadline.isOver = true;
  });
  const threads: NgxLightThread[] = [];
  for (const question of questions) threads.push(ngx.thread.spawn(ask, question, nameservers));
  for (const thread of threads) if (!deadline.isOver) ngx.thread.wait(thread, guard);
  for (const thread of threads) ngx.thread.kill(thread);
  ngx.thread.kill(guard);
}

function ask(this: void, question: Question, nameservers: Nameservers): void {
  let reason = "no nameserver";
  for (let attempt = 0; attempt < nameservers.options.attempts; attempt += 1) {
    for (const server of nameservers.ordered()) {
      const [answer, err, isFinal] = askServer(question, server, nameservers);
      if (answer !== undefined) {
        question.result = { answer };
        return;
      }
      reason = err;
      if (isFinal) {
        question.result = { reason };
        return;
      }
    }
  }
  question.result = { reason };
}

type ServerAnswer = LuaMultiReturn<
  | [answer: FamilyAnswer, reason?: undefined, isFinal?: undefined]
  | [answer: undefined, reason: string, isFinal: boolean]
>;

function askServer(question: Question, server: Nameserver, nameservers: Nameservers): ServerAnswer {
  const [answers, err] = exchange(question, server, nameservers.options.timeoutMs);
  if (answers === undefined) {
    nameservers.unreachable(server);
    return $multi(undefined, err, false);
  }
  const code = answers.errcode ?? 0;
  if (code !== 0) return $multi(undefined, responseCodeName(code), !isServersFault(code));
  return $multi(readRecords(answers, question.type));
}

/**
 * One question over UDP, over TCP if the answer was cut. Each on its own client: a library's client is not made for two
 * questions at a time, and its list of servers stops at the first that refuses.
 */
function exchange(question: Question, server: Nameserver, timeout: number): Fallible<Answers> {
  const host = isIpv6(server.host) ? `[${server.host}]` : server.host;
  const [client, err] = library!.new({ nameservers: [[host, server.port]], retrans: 1, timeout });
  if (client === undefined) return $multi(undefined, err);
  // The library reads past the end of a malformed message, which raises.
  return guarded(`malformed answer of ${host}`, () => client.query(question.name, { qtype: question.type }));
}
