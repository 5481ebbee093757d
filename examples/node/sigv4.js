// AWS Signature Version 4 for JSON requests, in place of @smithy/signature-v4.

import { createHash, createHmac } from "node:crypto";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const encode = (text) => encodeURIComponent(text).replaceAll(/[!'()*]/gu, (letter) => {
  return `%${letter.codePointAt(0).toString(16).toUpperCase()}`;
});

/**
 * Returns the headers of a signed request, with those given.
 * @param {{method: string, url: string, body?: string, headers?: Record<string, string>, service: string, region: string,
 *   credentials: {accessKeyId: string, secretAccessKey: string, sessionToken?: string}, now?: Date}} request
 * @returns {Record<string, string>}
 */
export function sign({ method, url, body = "", headers = {}, service, region, credentials, now = new Date() }) {
  const { host, pathname, searchParams } = new URL(url);
  const time = now.toISOString().replaceAll(/[:-]|\.\d{3}/gu, "");
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const token = credentials.sessionToken && { "x-amz-security-token": credentials.sessionToken };
  const sent = { ...headers, host, "x-amz-date": time, ...token };
  const named = Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value.trim()]).toSorted();
  const names = named.map(([name]) => name).join(";");
  const canonical = [
    method,
    // The path is encoded once more than it is in the URL.
    pathname.split("/").map((part) => encode(part)).join("/"),
    [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted().join("&"),
    ...named.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce((from, part) => hmac(from, part), `AWS4${credentials.secretAccessKey}`);
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  const credential = `${credentials.accessKeyId}/${scope.join("/")}`;
  return { ...sent, authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}` };
}
