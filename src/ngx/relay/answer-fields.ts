import { add_header } from "ngx.resp";
import type { AnswerHead } from "../../core/handshake/answer-head";
import { isForClient } from "../../core/handshake/passing";

const EXTENSIONS = "sec-websocket-extensions";

/**
 * Puts the fields of a peer's answer into the answer to the client, as nginx would.
 * @param extensions in place of those in it; absent: as they came
 */
export function passFields({ names, values }: AnswerHead, extensions?: string): void {
  let isReplaced = false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    const lowerName = name.toLowerCase();
    if (lowerName === EXTENSIONS && extensions !== undefined) {
      if (!isReplaced) add_header(name, extensions);
      isReplaced = true;
    } else if (isForClient(lowerName)) {
      add_header(name, values[index]!);
    }
  }
}
