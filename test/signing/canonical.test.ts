import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "../../src/signing/base64url.ts";
import { canonicalText, type Json, parseCanonical } from "../../src/signing/canonical.ts";
import {
  asDigest,
  digestOfBytes,
  digestOfJson,
  digestOfText,
  EMPTY_DIGEST,
  hashOf,
} from "../../src/signing/digest.ts";
import { digest } from "../support/ids.ts";

const json = fc.jsonValue({ noUnicodeString: false }).map((value) => value as Json);

describe("canonicalText", () => {
  it("writes the example of RFC 8785 §3.2.4", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalText(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });
  it("sorts members by UTF-16 code units (RFC 8785 §3.2.3)", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, ö: 7 };
    expect(Object.values(JSON.parse(canonicalText(value)))).toHaveLength(7);
    expect(canonicalText(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\u{1f600}":5,"\ufb33":3}',
    );
  });
  it("does not depend on the order of members", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).toReversed());
        expect(canonicalText(reversed)).toBe(canonicalText(object));
      }),
    );
  });
  it.each([
    ["NaN", Number.NaN],
    ["an infinity", Number.POSITIVE_INFINITY],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate inside", [{ a: "\udc00" }]],
  ])("throws for %s", (_, value) => {
    expect(() => canonicalText(value)).toThrow(expect.objectContaining({ code: "not_canonical" }));
  });
  it("throws for what is no JSON value at all", () => {
    expect(() => canonicalText(undefined as unknown as Json)).toThrow("no RFC 8785 text");
  });
});

describe("parseCanonical", () => {
  it("gives back every value from its text", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalText(value);
        const back = parseCanonical(text);
        expect(back).toEqual(JSON.parse(text));
        expect(canonicalText(back!)).toBe(text);
      }),
    );
  });
  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["white space", '{"a": 1}'],
    ["a newline at the end", "{}\n"],
    ["a byte order mark", "\ufeff{}"],
    ["unsorted members", '{"b":1,"a":2}'],
    ["a member twice", '{"a":1,"a":1}'],
    ["a float spelling", "1.0"],
    ["an exponent", "1e2"],
    ["minus zero", "-0"],
    ["more digits than a double has", "9007199254740993"],
    ["an infinity in disguise", "1e400"],
    ["a needless escape", '"\\u0041"'],
    ["an escaped slash", '"\\/"'],
    ["an upper-case escape", '"\\u001F"'],
    ["a long form of a short escape", '"\\u000a"'],
    ["an escaped lone surrogate", '"\\ud800"'],
  ])("refuses %s", (_, text) => {
    expect(parseCanonical(text)).toBeUndefined();
  });
  it("survives a hundred thousand open brackets, closed or not", () => {
    const deep = "[".repeat(100_000);
    expect(parseCanonical(deep)).toBeUndefined();
    expect(parseCanonical(`${deep}${"]".repeat(100_000)}`)).toBeDefined();
  });
  it("keeps a member named __proto__ a member", () => {
    const value = parseCanonical('{"__proto__":{"a":1}}');
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
  });
});

describe("digests", () => {
  it("are SHA-256 over UTF-8, and the empty text has the known one", () => {
    expect(EMPTY_DIGEST).toBe(
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    expect(digestOfText("a text")).toBe(digest("a text"));
    expect(digestOfBytes(Buffer.from("ü"))).toBe(digestOfText("ü"));
    expect(digestOfJson({ b: 1, a: [] })).toBe(digestOfText('{"a":[],"b":1}'));
  });
  it("go to bytes and back", () => {
    expect(asDigest(hashOf(digest("x")))).toBe(digest("x"));
    expect(hashOf(digest("x"))).toHaveLength(32);
  });
  it("refuse a text that has no UTF-8 instead of replacing what it cannot write", () => {
    expect(() => digestOfText("\ud800")).toThrow(
      expect.objectContaining({ code: "not_canonical" }),
    );
  });
});

describe("base64url", () => {
  it("has one spelling for every value", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });
  it.each(["QQ==", "QQ=", "QR", "Q", "Q Q", "QQ\n", "+w", "/w", "Qü", "QQ.QQ"])(
    "refuses %j",
    (text) => {
      expect(decodeBase64url(text)).toBeUndefined();
    },
  );
});
