const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const GROUP_BYTES = 3;

/** RFC 4648 section 5, without padding. @param bytes one character each */
export function base64url(bytes: string): string {
  const rest = bytes.length % GROUP_BYTES;
  const whole = bytes.length - rest;
  let text = "";
  for (const start of $range(0, whole - 1, GROUP_BYTES)) {
    const [a, b, c] = [bytes.charCodeAt(start), bytes.charCodeAt(start + 1), bytes.charCodeAt(start + 2)];
    text += `${head(a)}${middle(a, b)}${tail(b, c)}${letter(c % 64)}`;
  }
  if (rest === 0) return text;
  const a = bytes.charCodeAt(whole);
  if (rest === 1) return `${text}${head(a)}${middle(a, 0)}`;
  const b = bytes.charCodeAt(whole + 1);
  return `${text}${head(a)}${middle(a, b)}${tail(b, 0)}`;
}

function head(a: number): string {
  return letter(Math.floor(a / 4));
}

function middle(a: number, b: number): string {
  return letter((a % 4) * 16 + Math.floor(b / 16));
}

function tail(b: number, c: number): string {
  return letter((b % 16) * 4 + Math.floor(c / 64));
}

function letter(index: number): string {
  return ALPHABET.charAt(index);
}
