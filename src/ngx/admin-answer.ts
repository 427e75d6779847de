import type { AdminAnswer } from "../admin/answer";

/** What is written is handed to nginx in pieces of about this size. */
const PIECE_BYTES = 32_768;

/** Sends an answer of the admin API; one that is large goes out while it is made. */
export function sendAnswer(answer: AdminAnswer): void {
  ngx.status = answer.status;
  ngx.header["Content-Type"] = "application/json";
  ngx.header["Cache-Control"] = "no-store";
  ngx.header["X-Content-Type-Options"] = "nosniff";
  for (const name of Object.keys(answer.headers)) ngx.header[name] = answer.headers[name];
  let pieces: string[] = [];
  let bytes = 0;
  let isThere = true;
  const print = (): void => {
    if (bytes > 0 && isThere) ngx.print(pieces);
    pieces = [];
    bytes = 0;
  };
  const flush = (): boolean => {
    print();
    // Waits until the client has taken it: what a slow one leaves is not piled up.
    const [isSent] = ngx.flush(true);
    isThere = isThere && isSent !== undefined;
    return isThere;
  };
  answer.write({
    write: (text) => {
      pieces.push(text);
      bytes += text.length;
      if (bytes >= PIECE_BYTES) flush();
    },
    flush,
  });
  if (ngx.header["Content-Type"] === "application/json") pieces.push("\n");
  bytes += 1;
  print();
}
