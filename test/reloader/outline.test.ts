import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfiguration } from '../../reloader/config/sections.ts';
import { outline } from '../../reloader/haproxy/outline.ts';

const outlineOf = (text: string) => outline(parseConfiguration(text));

test('what is fatal counts in the global section alone, the last of it', () => {
  const { fatal } = outlineOf(
    'global\n  user a\n  chroot "/x y"\nuserlist u\n  user b password c\nglobal\n  user d # e\n',
  );
  assert.deepEqual(
    [...fatal],
    [
      ['user', 'd'],
      ['chroot', '/x y'],
    ],
  );
});

test('listeners are those that are certain and that can be tried', () => {
  const { listens } = outlineOf(`global
  stats socket /run/h.sock mode 600
frontend f
  bind 127.0.0.1:80,127.0.0.1:81 ssl crt x
  .if defined(X)
  bind :82
  .endif
  bind :83 transparent
listen l
  bind *:84
peers p
  bind :85
`);
  assert.deepEqual(listens, ['*:84', '/run/h.sock', '127.0.0.1:80', '127.0.0.1:81', ':85']);
});
