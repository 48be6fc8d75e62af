/** Templates of the product's predecessor run unchanged, in both dialects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../functions/template/index.ts';

const SOURCE = `defaults
    mode http
frontend http
    bind :80
{% for service in services %}
{% set outer = loop %}
{% for hostname in service.hostnames %}
{% if hostname.startswith('^') %}
    acl {{ "host_%d_%d" % (outer.index, loop.index) }} hdr_reg(host) {{ hostname[1:] }}
{% else %}
    acl {{ "host_%d_%d" % (outer.index, loop.index) }} hdr(host) {{ hostname }}
{% endif %}
    use_backend {{ service.name }} if {{ "host_%d_%d" % (outer.index, loop.index) }}{% if "path" in service %} { path_beg {{ service.path }} }{% endif %}

{% endfor %}
{% endfor %}
{% for service in services %}
backend {{ service.name|upper }}
    # {{ service.hostnames|map('re_escape')|join('|') }} {{ env.HOME }}
{% for pod in service.pods.itervalues() if pod.status.podIP %}
    server {{ pod.metadata.name }} {{ pod.status.podIP }}:{{ service.port or 80 }} weight {{ pod.metadata.labels.weight|default(1) }}{% if not loop.first %} backup{% endif %}

{% endfor %}
{% endfor %}
`;

const pod = (name: string, podIP: string | undefined, labels = {}) => ({
  metadata: { name, labels },
  status: podIP === undefined ? {} : { podIP },
});

const context = {
  services: [
    {
      name: 'web',
      path: '/shop',
      hostnames: ['web.example.com', '^www\\..*'],
      pods: new Map([
        ['web-2', pod('web-2', '10.0.0.2')],
        ['web-10', pod('web-10', undefined)],
        ['web-1', pod('web-1', '10.0.0.1', { weight: '5' })],
      ]),
    },
    { name: 'api', port: 8080, hostnames: [], pods: {} },
  ],
  env: { HOME: '/root' },
};

const EXPECTED = `defaults
    mode http
frontend http
    bind :80
    acl host_1_1 hdr(host) web.example.com
    use_backend web if host_1_1 { path_beg /shop }
    acl host_1_2 hdr_reg(host) www\\..*
    use_backend web if host_1_2 { path_beg /shop }
backend WEB
    # web\\.example\\.com|\\^www\\\\\\.\\.\\* /root
    server web-2 10.0.0.2:80 weight 1
    server web-1 10.0.0.1:80 weight 5 backup
backend API
    #  /root`;

/** The lines that say something: the tags leave empty ones. */
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

for (const dialect of ['jinja2', 'python2'] as const) {
  test(`loops, formats, methods and filters as they were written then: ${dialect}`, () => {
    const template = compile(SOURCE, { dialect });
    assert.deepEqual(lines(template.render(context)), lines(EXPECTED));
    assert.deepEqual(template.diagnostics, []);
  });
}
