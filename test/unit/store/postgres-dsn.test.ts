import { expect, test } from "vitest";
import { describeDsn, parseDsn } from "../../../src/store/postgres/dsn.ts";

test("a URL is taken apart, what is encoded decoded", () => {
  expect(parseDsn("postgres://us%40er:p%3Ass:w@db.example:6432/targetd")).toEqual({
    hosts: [{ host: "db.example", port: 6432 }],
    user: "us@er",
    password: "p:ss:w",
    database: "targetd",
    tls: {},
    applicationName: "targetd",
  });
});

test.each([
  ["postgres://localhost", [{ host: "localhost", port: 5432 }]],
  [
    "postgresql://u@a:1,b,c:3/d",
    [
      { host: "a", port: 1 },
      { host: "b", port: 5432 },
      { host: "c", port: 3 },
    ],
  ],
  ["postgres://[::1]:7/d", [{ host: "::1", port: 7 }]],
])("the hosts of %s", (url, hosts) => {
  expect(parseDsn(url).hosts).toEqual(hosts);
});

test.each([
  ["postgres://db/d", {}],
  ["postgres://127.0.0.1,localhost,[::1]/d", false],
  ["postgres://127.0.0.1,db/d", {}],
  ["postgres://db/d?sslmode=disable", false],
  ["postgres://localhost/d?sslmode=require", { rejectUnauthorized: false }],
  ["postgres://db/d?sslmode=verify-ca", { checkServerIdentity: expect.any(Function) }],
  ["postgres://localhost/d?sslmode=verify-full", {}],
])("the TLS of %s", (url, tls) => {
  expect(parseDsn(url).tls).toEqual(tls);
});

test.each([
  "mysql://db/d",
  "postgres:///d",
  "postgres://a,/d",
  "postgres://a:0/d",
  "postgres://a:65536/d",
  "postgres://a:x/d",
  "postgres://u%zz@a/d",
  "postgres://a/d?sslmode=prefer",
  "postgres://a/d?sslrootcert=/none/such",
  "postgres://a/d?target_session_attrs=any",
  "postgres://a/d?options=-c",
  "postgres://a/d#fragment",
])("%s is refused", (url) => {
  expect(() => parseDsn(url)).toThrow(expect.objectContaining({ code: "unusable" }));
});

test("neither a refusal nor a description repeats the password", () => {
  const url = "postgres://user:secret-word@a,b:2/d";
  expect(describeDsn(parseDsn(url))).toBe("postgres://a:5432,b:2/d");
  expect(() => parseDsn(`${url}?what=ever`)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("secret-word") }),
  );
});
