import { TOKEN_LENGTH, type Mac } from "../../../src/core/affinity/tokens";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MODULUS = 65_521;

/** The same in every runtime, and nothing that would keep a secret: letters out of a running sum. */
export const toyMac: Mac = {
  sign: (secret, text) => {
    const input = `${secret}\n${text}`;
    let sum = 1;
    let token = "";
    for (const round of $range(1, TOKEN_LENGTH)) {
      for (const index of $range(0, input.length - 1))
        sum = (sum * 31 + input.charCodeAt(index) + round) % MODULUS;
      token += LETTERS.charAt(sum % LETTERS.length);
    }
    return token;
  },
};
