import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate that signs itself, and its key. */
export interface Certificate extends Disposable {
  readonly key: Buffer;
  readonly certificate: Buffer;
  /** The certificate's file, for `SSL_CERT_FILE`. */
  readonly file: string;
}

/** Makes a certificate for hosts that are none of ours: good for who is told to trust it. @throws Error without openssl. */
export function makeCertificate(hosts: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-certificate-"));
  const [keyFile, file] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const names = `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`;
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=vendor"];
  const args = ["req", "-x509", ...kind, "-addext", names, "-keyout", keyFile, "-out", file];
  try {
    execFileSync("openssl", args, { stdio: "pipe" });
  } catch (cause) {
    rmSync(folder, { recursive: true });
    throw new Error("openssl made no certificate. Install openssl 1.1.1 or later.", { cause });
  }
  return {
    key: readFileSync(keyFile),
    certificate: readFileSync(file),
    file,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
