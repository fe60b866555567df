import { describe, expect, it } from 'vitest';
import type { Attempt, Copy } from '../../../../local/ledger/accounts.js';
import { balanceAccounts, isBalanced } from '../../../../local/ledger/balance.js';

const attempt = (id: string, changes: Partial<Attempt> = {}): Attempt => ({
  id,
  sha256: `hash of ${id}`,
  genuine: true,
  accepted: true,
  wantedBy: ['archive', 'notifier'],
  ...changes,
});

const copy = (id: string): Copy => ({ id, sha256: `hash of ${id}` });

const balanceOf = (attempts: readonly Attempt[], held: Readonly<Record<string, readonly Copy[]>>) =>
  balanceAccounts({ attempts, holders: new Map(Object.entries(held)) });

describe('ledger', () => {
  it('balances when everyone has what was accepted, once and as it was sent', () => {
    const attempts = [attempt('a'), attempt('b'), attempt('forged', { genuine: false, accepted: false })];
    const balance = balanceOf(attempts, { archive: [copy('a'), copy('b')], notifier: [copy('b'), copy('a')] });

    expect(isBalanced(balance)).toBe(true);
    expect(balance).toMatchObject({ sent: 3, accepted: 2, refused: 1 });
    expect(Object.fromEntries(balance.held)).toEqual({ archive: 2, notifier: 2 });
  });

  it('an accepted event that someone lacks is lost to them', () => {
    const balance = balanceOf([attempt('a'), attempt('b')], { archive: [copy('a'), copy('b')], notifier: [copy('b')] });

    expect(isBalanced(balance)).toBe(false);
    expect(balance.lost).toEqual([{ id: 'a', holder: 'notifier' }]);
  });

  it('a holder who says nothing at all has lost everything', () => {
    const balance = balanceOf([attempt('a'), attempt('b')], { archive: [copy('a'), copy('b')] });

    expect(balance.lost).toEqual([
      { id: 'a', holder: 'notifier' },
      { id: 'b', holder: 'notifier' },
    ]);
  });

  it('a copy that comes twice is a duplicate', () => {
    const balance = balanceOf([attempt('a')], { archive: [copy('a')], notifier: [copy('a'), copy('a')] });

    expect(isBalanced(balance)).toBe(false);
    expect(balance.duplicates).toEqual([{ id: 'a', holder: 'notifier' }]);
  });

  it('a payload with other bytes is altered', () => {
    const balance = balanceOf([attempt('a')], { archive: [copy('a')], notifier: [{ id: 'a', sha256: 'another' }] });

    expect(isBalanced(balance)).toBe(false);
    expect(balance.altered).toEqual([{ id: 'a', holder: 'notifier' }]);
  });

  it('what nobody genuine sent is an intruder, forged or never sent at all', () => {
    const forged = attempt('forged', { genuine: false, accepted: false });
    const balance = balanceOf([attempt('a'), forged], {
      archive: [copy('a'), copy('forged')],
      notifier: [copy('a'), copy('stranger')],
    });

    expect(isBalanced(balance)).toBe(false);
    expect(balance.intruders).toEqual([
      { id: 'forged', holder: 'archive' },
      { id: 'stranger', holder: 'notifier' },
    ]);
  });

  it('a delivery that was tried again counts once, and is accepted when one attempt was', () => {
    const attempts = [attempt('a', { accepted: false }), attempt('a'), attempt('a')];
    const balance = balanceOf(attempts, { archive: [copy('a')], notifier: [copy('a')] });

    expect(isBalanced(balance)).toBe(true);
    expect(balance).toMatchObject({ sent: 1, accepted: 1, refused: 0 });
  });

  it('a refused event may be held all the same, and is nowhere missed', () => {
    const refused = attempt('a', { accepted: false });

    expect(isBalanced(balanceOf([refused], { archive: [copy('a')], notifier: [] }))).toBe(true);
    expect(balanceOf([refused], { archive: [copy('a')], notifier: [] }).held.get('archive')).toBe(0);
  });

  it('nobody misses what they never wanted', () => {
    const balance = balanceOf([attempt('a', { wantedBy: ['archive'] })], { archive: [copy('a')], notifier: [] });

    expect(isBalanced(balance)).toBe(true);
  });
});
