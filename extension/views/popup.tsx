import { useState } from 'preact/hooks';
import { askFromView } from '../ask.ts';
import { browser, openPanel } from '../browser.ts';
import { permissionOf } from '../permission.ts';
import { text } from '../text.ts';
import { Connect } from './connect.tsx';
import { Blocked, Connected } from './connected.tsx';
import { Enrol } from './enrol.tsx';
import { BlockedByOrganisation } from './managed.tsx';
import { Notice } from './notice.tsx';
import { Other } from './other.tsx';
import { People } from './people.tsx';
import { Site } from './site.tsx';
import { useViewState } from './state.ts';

/** The toolbar popup over a page of `origin`; null where that is no web page. It keeps nothing: everything it shows is read from the background. */
export function Popup({ origin }: { origin: string | null }) {
  const [isEnrolling, setEnrolling] = useState(false);
  const [note, setNote] = useState<string | null>(null);
  const { state, failure, reload } = useViewState(origin);

  if (state === null) {
    return failure === null ? (
      <p role="status">{text('popup_loading')}</p>
    ) : (
      <Notice failure={failure} onRemedy={() => void reload()} />
    );
  }
  if (state.installation === null || isEnrolling) {
    return (
      <Enrol
        managed={state.managed}
        flow={state.flow}
        onDone={async () => {
          setEnrolling(false);
          await reload();
        }}
      />
    );
  }

  const { installation, provider, connection } = state;
  const remedy = (kind: string): void => {
    setNote(null);
    if (kind === 'enrol') setEnrolling(true);
    else if (kind === 'choose-company') document.getElementById('company')?.focus();
    else if (kind === 'show-permissions') openAccess();
    else if (kind === 'allow-relay') {
      void browser.permissions.request({ origins: [permissionOf(installation.relayOrigin)] }).then(reload);
    } else if (kind === 'connect' && provider !== null) {
      // Of the team's this is an administrator's: whoever else presses it connects for themselves.
      const forTeam = state.isAdmin && connection?.owner === 'team';
      void askFromView('connection.start', { providerId: provider.id, forTeam }).then(reload);
    } else void reload();
  };

  const disconnected = async (told: string): Promise<void> => {
    setNote(told);
    await reload();
  };
  // The first provider's login; the others show their own.
  const flow =
    state.flow.status !== 'idle' && state.flow.providerId !== provider?.id
      ? ({ status: 'idle' } as const)
      : state.flow;
  const isConnected = connection?.status === 'active' && flow.status !== 'running';
  return (
    <>
      {note === null ? null : <p role="status">{note}</p>}
      {state.alert === null ? null : (
        <Notice
          failure={state.alert}
          onRemedy={remedy}
          onDismiss={() => void askFromView('alert.clear', {}).then(reload)}
        />
      )}
      {state.failure === null ? null : <Notice failure={state.failure} onRemedy={remedy} />}
      {isConnected && flow.status === 'failed' ? (
        <Notice
          failure={flow.failure}
          onRemedy={remedy}
          onDismiss={() => void askFromView('flow.clear', {}).then(reload)}
        />
      ) : null}
      {connection !== null && isConnected && state.isBlocked ? (
        <Blocked
          connection={connection}
          name={provider?.name ?? ''}
          isAdmin={state.isAdmin}
          onChanged={reload}
          onDisconnected={disconnected}
        />
      ) : connection !== null && isConnected ? (
        <Connected
          state={state}
          connection={connection}
          onRemedy={remedy}
          onChanged={reload}
          onDisconnected={disconnected}
        />
      ) : provider === null ? null : (
        <Connect
          provider={provider}
          actions={state.actions}
          flow={flow}
          device={state.device}
          isAdmin={state.isAdmin}
          wasTeams={connection?.owner === 'team'}
          onChanged={reload}
        />
      )}
      {state.blocked.map((blocked, index) => (
        <BlockedByOrganisation
          key={blocked.id}
          provider={blocked}
          isFirst={provider === null && index === 0}
          managed={state.managed}
          isAdmin={state.isAdmin}
          onDisconnected={disconnected}
        />
      ))}
      {!isConnected && state.others.some((other) => other.connection?.status === 'active') ? (
        <People onRemedy={remedy} />
      ) : null}
      {state.others.map((other) => (
        <Other
          key={other.provider.id}
          state={state}
          other={other}
          onChanged={reload}
          onDisconnected={disconnected}
        />
      ))}
      {state.site === null ? null : (
        <Site
          site={state.site}
          managed={state.managed}
          companies={state.account?.companies ?? []}
          onDone={reload}
        />
      )}
      <footer>
        {text('member_footer', installation.memberName, new URL(installation.relayOrigin).host)}{' '}
        <button type="button" class="quiet" onClick={() => void openPanel()}>
          {text('panel_open')}
        </button>{' '}
        <button type="button" class="quiet" onClick={() => void browser.runtime.openOptionsPage()}>
          {text('options_open')}
        </button>
      </footer>
    </>
  );
}

/** Unfolds the list of actions and their permissions and goes there. */
function openAccess(): void {
  const access = document.getElementById('access-fatture-in-cloud');
  if (!(access instanceof HTMLDetailsElement)) return;
  access.open = true;
  access.scrollIntoView();
  access.querySelector('summary')?.focus();
}
