import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { html } from '../../functions/page/html.ts';

test('whatever is put in is text, unless it is HTML already', () => {
  const inner = html`<b>${'<i>'}</b>`;
  assert.equal(
    html`<p title="${'"x" & y'}">${[inner, 1, undefined, false, "'"]}</p>`.text,
    '<p title="&quot;x&quot; &amp; y"><b>&lt;i&gt;</b>1&#39;</p>',
  );
});

test('no text comes out of its place', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { text: out } = html`<p title="${text}">${text}</p>`;
      const [, attribute = '', content] = /^<p title="([^"<>]*)">([^<>"]*)<\/p>$/s.exec(out) ?? [];
      assert.equal(attribute, content);
      const back = attribute
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&');
      assert.equal(back, text);
    }),
  );
});

test('an attribute without quotes is refused', () => {
  assert.throws(() => html`<p title=${'x'}></p>`, /without quotes/);
});
