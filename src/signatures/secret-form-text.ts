import type { SigningScheme } from './signing-scheme.js';

const keyForms = {
  text: 'any text',
  base64: 'base64 of at least 16 bytes',
  whsec: 'whsec_ and base64 of at least 16 bytes',
  whpk: 'whpk_ and base64 of 32 bytes',
  hex: '64 hex digits in lower case',
} as const;

const formOf = (scheme: SigningScheme): string => {
  switch (scheme.kind) {
    case 'hmac':
      return keyForms[scheme.key];
    case 'ed25519':
      return scheme.key === 'base64' ? 'base64 of 32 bytes' : keyForms[scheme.key];
    case 'token':
      return keyForms.text;
    case 'basic':
      return 'user:password';
  }
};

/** How a secret looks that one of the schemes can be checked with, in words for the operator; nothing of any secret is in it. */
export const secretFormText = (schemes: readonly SigningScheme[]): string =>
  [...new Set(schemes.map(formOf))].join(', or ');
