/** What the kernel is told of a connection whose far side may vanish without a word. */
export interface TcpPatience {
  /** So long nothing has come from it when it is asked, and then again each time after `intervalS`. */
  readonly idleS: number;
  readonly intervalS: number;
  /** So long it may leave what it was sent unanswered, and the questions as well. */
  readonly silenceMs: number;
}

/** Questions within `silenceMs`, one of which may be lost, or four; fewer where `tcp_timeout` is below 12 s. */
const QUESTIONS = 5;
/** Of `silenceMs`, between two questions. */
const INTERVALS = 15;

/**
 * Half of `tcp_timeout` at each turn: the far side may have been silent for all of the first half when something is sent to it,
 * and the kernel measures what is not acknowledged from its own beginning, not from the last sign of life. Both together are
 * `tcp_timeout`. The kernel asks in whole seconds, and twice at least: of less than 3 s it makes 3.
 */
export function tcpPatience(tcpTimeoutMs: number): TcpPatience {
  const silenceS = Math.max(1, Math.floor(tcpTimeoutMs / 2000));
  const intervalS = Math.max(1, Math.floor(silenceS / INTERVALS));
  return { idleS: Math.max(1, silenceS - QUESTIONS * intervalS), intervalS, silenceMs: silenceS * 1000 };
}
