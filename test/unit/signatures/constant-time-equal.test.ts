import { describe, expect, it } from 'vitest';
import { constantTimeEqual } from '../../../src/signatures/shown-secret.js';

describe('constant-time comparison', () => {
  it('finds equal texts equal', () => {
    expect(constantTimeEqual('local-admin-token', 'local-admin-token')).toBe(true);
  });

  it.each([
    ['another text', 'local-admin-tokem'],
    ['a beginning', 'local-admin-toke'],
    ['a longer text', 'local-admin-token '],
    ['nothing', ''],
  ])('finds %s different, whatever its length', (_what, given) => {
    expect(constantTimeEqual(given, 'local-admin-token')).toBe(false);
  });

  it('an empty expected text equals nothing, not even an empty one', () => {
    expect(constantTimeEqual('', '')).toBe(false);
  });
});
