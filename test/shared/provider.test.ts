import { describe, expect, it } from 'vitest';
import { actions } from '../../shared/action-catalogue.ts';
import { actionsOf, isOnAtFirst, scopesFor } from '../../shared/actions.ts';
import { InviteLink } from '../../shared/api/enrolments.ts';
import { Provider } from '../../shared/provider.ts';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { providers } from '../../shared/providers/registry.ts';
import { coversScope, leastScopes, unknownScopes } from '../../shared/scopes.ts';

describe('providers are data that fits the schema', () => {
  it.each([...providers.values()])('$id', (provider) => {
    expect(Provider.parse(provider)).toEqual(provider);
  });

  it('Fatture in Cloud has its 44 documented scopes, each once, with a meaning in both languages', () => {
    expect(new Set(fattureInCloud.scopes.map(({ name }) => name)).size).toBe(44);
    for (const { meaning } of fattureInCloud.scopes) expect(meaning.it).not.toBe(meaning.en);
  });
});

describe('scopes are never asked for wholesale', () => {
  it('what is asked is what the actions need: clients, once, and nothing else', () => {
    expect(scopesFor(fattureInCloud, actionsOf('fatture-in-cloud').filter(isOnAtFirst))).toEqual([
      'entity.clients:a',
    ]);
  });

  it('writing includes reading, so a read scope beside it is not asked', () => {
    expect(leastScopes(fattureInCloud, ['products:r', 'products:a', 'taxes:r'])).toEqual([
      'products:a',
      'taxes:r',
    ]);
    expect(coversScope(fattureInCloud, ['entity.clients:a'], 'entity.clients:r')).toBe(true);
    expect(coversScope(fattureInCloud, ['entity.clients:r'], 'entity.clients:a')).toBe(false);
    expect(coversScope(fattureInCloud, ['products:a'], 'entity.clients:r')).toBe(false);
  });

  it('every scope of the catalogue is documented by its provider', () => {
    for (const { scopes, providerId } of Object.values(actions)) {
      expect(unknownScopes(providers.get(providerId) ?? fattureInCloud, scopes)).toEqual([]);
    }
  });
});

describe('an invite link names one relay and one invite', () => {
  const code = `inv_${'A'.repeat(22)}`;

  it('gives both parts', () => {
    expect(InviteLink.parse(` https://relay.example.com/#${code} `)).toEqual({
      relayOrigin: 'https://relay.example.com',
      invite: code,
    });
  });

  it.each([
    ['no invite', 'https://relay.example.com/'],
    ['a user before the host', `https://relay.example.com@evil.example/#${code}`],
    ['a path', `https://relay.example.com/x/#${code}`],
    ['another scheme', `javascript://relay.example.com/#${code}`],
    ['a short code', 'https://relay.example.com/#inv_AAAA'],
  ])('refuses %s', (_, link) => {
    expect(InviteLink.safeParse(link).success).toBe(false);
  });
});
