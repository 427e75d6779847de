import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "./temporary-folder";

/** PEM files, readable for nginx's workers; `*Text` is what they hold. */
export interface Certificates {
  /** The CA's certificate, to verify the leaf with. */
  readonly ca: string;
  readonly caText: string;
  readonly key: string;
  readonly keyText: string;
  readonly cert: string;
  readonly certText: string;
}

/**
 * A certificate for the names (`example.com`) and addresses (`127.0.0.1`), and the CA that signed it.
 * @param other whose CA signs; absent: a new one
 */
export function makeCertificates(
  names: readonly string[] = ["localhost", "127.0.0.1"],
  other?: Certificates,
): Certificates {
  const alternatives = names.map((name) => `${/^[\d.]+$|:/.test(name) ? "IP" : "DNS"}:${name}`);
  const folder = temporaryFolder({ "leaf.ext": `subjectAltName=${alternatives.join(",")}\n` });
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const ca = other?.ca ?? path.join(folder, "ca.pem");
  const caKey = path.join(path.dirname(ca), "ca.key");
  if (other === undefined) {
    const valid = ["-days", "2", "-subj", "/CN=Spec CA"];
    openssl("req", "-x509", ...newKey, "-keyout", caKey, "-out", ca, ...valid);
  }
  openssl("req", ...newKey, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", `/CN=${names[0]}`);
  const signedBy = ["-CA", ca, "-CAkey", caKey, "-CAcreateserial", "-extfile", "leaf.ext", "-days", "2"];
  openssl("x509", "-req", "-in", "leaf.csr", "-out", "leaf.pem", ...signedBy);
  const [key, cert] = [path.join(folder, "leaf.key"), path.join(folder, "leaf.pem")];
  const read = (file: string): string => readFileSync(file, "utf8");
  return { ca, caText: read(ca), key, keyText: read(key), cert, certText: read(cert) };
}
