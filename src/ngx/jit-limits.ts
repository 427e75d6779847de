/**
 * LuaJIT gives a trace up that uses more than 500 constants, or that meets more than 15 tail calls and loops on its way.
 * The access phase calls into nginx often, and each such call brings constants, and a tail call in nginx's own Lua; it was given
 * up for that and left to the interpreter, at 20,000 instructions a handshake.
 */
const LIMITS = ["maxirconst=2000", "loopunroll=60"];

/** For the whole Lua machine, which the workers inherit. */
export function raiseJitLimits(): void {
  jit.opt.start(...LIMITS);
}
