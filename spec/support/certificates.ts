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

/** A CA of its own and a certificate that it signed for the names (`example.com`) and addresses (`127.0.0.1`). */
export function makeCertificates(names: readonly string[] = ["localhost", "127.0.0.1"]): Certificates {
  const alternatives = names.map((name) => `${/^[\d.]+$|:/.test(name) ? "IP" : "DNS"}:${name}`);
  const folder = temporaryFolder({ "leaf.ext": `subjectAltName=${alternatives.join(",")}\n` });
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=Spec CA",
  );
  openssl("req", ...newKey, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", `/CN=${names[0]}`);
  const signedBy = [
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-extfile",
    "leaf.ext",
    "-days",
    "2",
  ];
  openssl("x509", "-req", "-in", "leaf.csr", "-out", "leaf.pem", ...signedBy);
  const [ca, key, cert] = ["ca.pem", "leaf.key", "leaf.pem"].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  const read = (file: string): string => readFileSync(file, "utf8");
  return { ca, caText: read(ca), key, keyText: read(key), cert, certText: read(cert) };
}
