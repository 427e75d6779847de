import { AnswerBody } from "../../core/handshake/answer-body";
import { passFields } from "./answer-fields";
import type { PeerAnswer } from "./dial";

const READ_BYTES = 32 * 1024;
const SHORTEST_MS = 1;
const MS_PER_S = 1000;
/** To nginx: close the connection without another word. */
const CLOSE = 444;

/**
 * Gives the client a peer's answer that is no 101, and ends the request. Of its body there is never more in memory than what was read
 * at once.
 * @param endS when it has to have come, in seconds of the `Clock`: a body that drips must not hold the client for hours
 */
export function passAnswer(answer: PeerAnswer, endS: number): void {
  const { head, socket } = answer;
  const body = new AnswerBody(head);
  ngx.status = head.status;
  passFields(head);
  if (head.contentLength >= 0 && !head.isChunked) ngx.header["Content-Length"] = head.contentLength;
  const isWhole = passBody(answer, body, endS);
  socket.close();
  ngx.exit(isWhole ? ngx.HTTP_OK : CLOSE);
}

/** @returns whether the client has got all of it */
function passBody({ socket, rest }: PeerAnswer, body: AnswerBody, endS: number): boolean {
  ngx.send_headers();
  let part = body.push(rest);
  for (;;) {
    if (part !== "") {
      ngx.print(part);
      const [isSent] = ngx.flush(true);
      if (isSent === undefined) return false;
    }
    if (body.isOver) return true;
    const leftMs = (endS - ngx.now()) * MS_PER_S;
    if (body.fault !== undefined || leftMs <= 0) return false;
    socket.settimeout(Math.max(SHORTEST_MS, leftMs));
    const [chunk, err] = socket.receiveany(READ_BYTES);
    if (chunk === undefined) return err === "closed" && body.endsWithConnection;
    part = body.push(chunk);
  }
}
