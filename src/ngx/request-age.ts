/** How long ago the current request began, in seconds of the event loop's time: its first byte, not its head's end. */
export function requestAge(): number {
  const age = ngx.now() - ngx.req.start_time();
  // The clock may have been set back.
  return age < 0 ? 0 : age;
}
