import type { Managed } from '../../shared/view/managed.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { providers as known } from '../../shared/providers/registry.ts';
import { text } from '../text.ts';
import { Disconnect } from './connected.tsx';

const unreadableKeys = {
  relayOrigin: 'managed_unreadable_relay',
  providers: 'managed_unreadable_providers',
  sites: 'managed_unreadable_sites',
} as const;

/** That a setting of the organisation cannot be read, what that means for the member, and who can put it right. */
export const unreadableText = (name: Managed['unreadable'][number]): string => text(unreadableKeys[name]);

interface BlockedProps {
  provider: ViewState['blocked'][number];
  managed: Managed;
  /** Whether it stands at the head of the page. */
  isFirst: boolean;
  isAdmin: boolean;
  onDisconnected(note: string): Promise<void>;
}

/** A provider that the organisation has switched off; one that is connected can still be disconnected. */
export function BlockedByOrganisation({ provider, managed, isFirst, isAdmin, onDisconnected }: BlockedProps) {
  const { name, connection } = provider;
  const Heading = isFirst ? 'h1' : 'h2';
  return (
    <section class={isFirst ? '' : 'other'}>
      <Heading>{name}</Heading>
      <p>
        {managed.unreadable.includes('providers')
          ? unreadableText('providers')
          : text('failure_blocked_by_organisation')}
      </p>
      {connection === null || (connection.owner === 'team' && !isAdmin) ? null : (
        <Disconnect connection={connection} name={name} onDone={onDisconnected} />
      )}
    </section>
  );
}

/** Which settings come from the organisation; nothing where none does. */
export function ManagedSettings({ managed }: { managed: Managed }) {
  const { relayOrigin, providers, sites, unreadable } = managed;
  if (relayOrigin === null && providers === null && sites === null && unreadable.length === 0) return null;
  const names = providers?.map((id) => known.get(id)?.name ?? id).join(', ');
  return (
    <section aria-labelledby="managed">
      <h2 id="managed">{text('managed_title')}</h2>
      <p class="hint">{text('managed_hint')}</p>
      {unreadable.map((name) => (
        <p key={name} class="notice" role="alert">
          {unreadableText(name)}
        </p>
      ))}
      <ul class="permissions">
        {relayOrigin === null ? null : <li>{text('managed_relay', relayOrigin)}</li>}
        {unreadable.includes('providers') ? null : (
          <li>
            {names === undefined
              ? text('managed_providers_any')
              : text('managed_providers', names || text('managed_none'))}
          </li>
        )}
        {unreadable.includes('sites') ? null : (
          <li>
            {sites === null
              ? text('managed_sites_any')
              : text(
                  'managed_sites',
                  sites.map((site) => new URL(site).host).join(', ') || text('managed_none'),
                )}
          </li>
        )}
      </ul>
    </section>
  );
}
