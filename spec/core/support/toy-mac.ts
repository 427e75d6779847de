import type { Mac } from "../../../src/core/affinity/tokens";

const MODULUS = 65_521;

/** The same in every runtime, and nothing that would keep a secret: twenty bytes out of a running sum. */
export const toyMac: Mac = {
  sign: (secret, text) => {
    const input = `${secret}\n${text}`;
    let sum = 1;
    let bytes = "";
    for (const round of $range(1, 20)) {
      for (const index of $range(0, input.length - 1))
        sum = (sum * 31 + input.charCodeAt(index) + round) % MODULUS;
      bytes += String.fromCharCode(sum % 256);
    }
    return bytes;
  },
};
