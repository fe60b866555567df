import { describe, expect, it } from 'vitest';
import { github } from '../../../src/providers/github.js';

interface PublishedVector {
  readonly source: string;
  readonly what: string;
  readonly secret: string;
  readonly signature: string;
  readonly body: string;
  readonly expected: boolean;
}

const octokit = 'https://github.com/octokit/webhooks-methods.js/blob/da0cc1c4/test';
const adnanh = 'https://github.com/adnanh/webhook/blob/master/internal/hook/hook_test.go';
const octokitSignature = 'sha256=4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3';
const escapesSignature = 'sha256=afecc3caa27548bb90d51a50384cb2868b9a3327b4ad6a01c9bd4ed0f8b0b12c';
const spacedSignature = 'sha256=f417af3a21bd70379b5796d5f013915e7029f62c580fb0f500f59a35a6f04c89';
const notHexSignature = 'sha256=XXX7af3a21bd70379b5796d5f013915e7029f62c580fb0f500f59a35a6f04c89';

const vectors: readonly PublishedVector[] = [
  {
    source:
      'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation',
    what: "GitHub's own example",
    secret: "It's a Secret to Everybody",
    signature: 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    body: 'Hello, World!',
    expected: true,
  },
  {
    source: `${octokit}/sign.test.ts`,
    what: 'a small object',
    secret: 'mysecret',
    signature: octokitSignature,
    body: '{"foo":"bar"}',
    expected: true,
  },
  {
    source: `${octokit}/browser-test.js`,
    what: 'a body that is not JSON',
    secret: 'secret',
    signature: 'sha256=1b2c16b75bd2a870c114153ccda5bcfca63314bc722fa160d690de133ccbb9db',
    body: 'data',
    expected: true,
  },
  {
    source: `${octokit}/verify.test.ts`,
    what: 'upper-case escapes, as sent',
    secret: 'development',
    signature: escapesSignature,
    body: '{"foo":"Foo\\n\\u001B[34mbar: ♥♥♥♥♥♥♥♥\\nthis-is-lost\\u001B[0m\\u001B[2K"}',
    expected: true,
  },
  {
    source: `${octokit}/verify.test.ts`,
    what: 'the same value with its escapes respelt',
    secret: 'development',
    signature: escapesSignature,
    body: '{"foo":"Foo\\n\\u001b[34mbar: ♥♥♥♥♥♥♥♥\\nthis-is-lost\\u001b[0m\\u001b[2K"}',
    expected: false,
  },
  {
    source: `${octokit}/verify.test.ts`,
    what: 'an escaped backslash before a u',
    secret: 'development',
    signature: 'sha256=6f8326efbacfbd04e870cea25b5652e635be8c9807f2fd5348ef60753c9e96ed',
    body: '{"foo":"\\\\u001b"}',
    expected: true,
  },
  {
    source: `${octokit}/verify.test.ts`,
    what: 'a signature that is none',
    secret: 'mysecret',
    signature: 'foo',
    body: '{"foo":"bar"}',
    expected: false,
  },
  {
    source: `${octokit}/verify.test.ts`,
    what: 'another secret',
    secret: 'foo',
    signature: octokitSignature,
    body: '{"foo":"bar"}',
    expected: false,
  },
  {
    source: 'https://github.com/frain-dev/convoy/blob/2b60cc65/pkg/verifier/verifier_test.go',
    what: 'plain text',
    secret: 'Convoy',
    signature: 'sha256=d7a154547e7c35e31c4c820e20237650939c3d34dae136e30a7757ca61abb4cf',
    body: 'Test Payload Body',
    expected: true,
  },
  {
    source: adnanh,
    what: 'white space inside the JSON',
    secret: 'secret',
    signature: spacedSignature,
    body: '{"a": "z"}',
    expected: true,
  },
  {
    source: adnanh,
    what: 'an empty body (genuine, though no JSON)',
    secret: 'secret',
    signature: 'sha256=f9e66e179b6747ae54108f82f8ade8b3c25d76fd30afde6c395822c530196169',
    body: '',
    expected: true,
  },
  {
    source: adnanh,
    what: 'digits that are not hex',
    secret: 'secret',
    signature: notHexSignature,
    body: '{"a": "z"}',
    expected: false,
  },
  {
    source: adnanh,
    what: 'an empty secret',
    secret: '',
    signature: notHexSignature,
    body: '{"a": "z"}',
    expected: false,
  },
  {
    source: adnanh,
    what: 'a list of signatures, which GitHub never sends',
    secret: 'secret',
    signature: `${notHexSignature},${spacedSignature}`,
    body: '{"a": "z"}',
    expected: false,
  },
];

const verify = ({ secret, signature, body }: PublishedVector, header = 'X-Hub-Signature-256'): boolean =>
  github.verify(
    { headers: new Headers({ [header]: signature }), body: Buffer.from(body), receivedAt: new Date(0) },
    secret,
    0,
  );

describe('github', () => {
  it.each(vectors)('gives the published answer for $what ($source)', (vector) => {
    expect(verify(vector)).toBe(vector.expected);
  });

  it.each(['X-Hub-Signature', 'X-Signature-256', 'Signature'])('ignores a right signature in %s', (header) => {
    const [official] = vectors;

    expect(official && verify(official, header)).toBe(false);
  });
});
