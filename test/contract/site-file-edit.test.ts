import { describe, expect, it } from "vitest";
import { editSiteFile } from "../../src/contract/site-file-edit.ts";

const text = `# the shop
url: https://shop.acme.example
desired:
  plugins:
    woocommerce: { version: 10.1.2, state: active } # the till
    akismet:
      version: "5.4"
      state: inactive
`;

describe("editSiteFile", () => {
  it("changes one value and keeps comments, order and quotes of the rest", () => {
    const edited = editSiteFile(text, [
      { path: ["desired", "plugins", "akismet", "version"], value: "5.3" },
    ]);
    expect(edited).toBe(text.replace('"5.4"', '"5.3"'));
  });
  it("adds what is not there yet, and removes", () => {
    const edited = editSiteFile(text, [
      { path: ["desired", "plugins", "gallery"], value: { state: "absent" } },
      { path: ["desired", "plugins", "akismet"], value: undefined },
    ]);
    expect(edited).toContain("    gallery:\n      state: absent\n");
    expect(edited).not.toContain("akismet");
    expect(edited).toContain("# the till");
  });
  it.each(["a: [", "just text", "desired: none\n"])("gives nothing for %j", (broken) => {
    expect(editSiteFile(broken, [{ path: ["desired", "x"], value: "1" }])).toBeNull();
  });
});
