import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { html } from "../../src/views/html.ts";

describe("html", () => {
  it("escapes every value, in text and in attributes", () => {
    const hostile = `"><script>alert('x')</script>&`;
    assert.equal(
      html`<p title="${hostile}">${hostile}</p>`.toString(),
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</p>',
    );
  });

  it("keeps what the tag itself made, also in lists", () => {
    const items = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
    assert.equal(html`<ul>${items}</ul>`.toString(), "<ul><li>a</li><li>&lt;b&gt;</li></ul>");
  });

  it("leaves nothing for undefined, null and false, and a digit for zero", () => {
    assert.equal(html`[${undefined}${null}${false}${0}${""}]`.toString(), "[0]");
  });
});
