import { useEffect, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { Availability, ViewState } from '../../shared/messages.ts';
import { askFromView } from '../ask.ts';
import { money, text } from '../text.ts';
import { Access } from './access.tsx';
import { Connect } from './connect.tsx';
import { Disconnect } from './connected.tsx';
import { Notice } from './notice.tsx';
import { Notices } from './notices.tsx';

interface OtherProps {
  state: ViewState;
  other: ViewState['others'][number];
  onChanged(): Promise<void>;
  onDisconnected(note: string): Promise<void>;
}

/** A provider beside the first: connect it, or what it offers once it is. */
export function Other({ state, other, onChanged, onDisconnected }: OtherProps) {
  const { provider, connection, actions } = other;
  const { flow } = state;
  const isMine = flow.status !== 'idle' && flow.providerId === provider.id;
  if (connection?.status !== 'active') {
    return (
      <details class="other" open={isMine || connection !== null}>
        <summary>{text('other_connect', provider.name)}</summary>
        {connection === null ? null : (
          <Notice failure={{ code: connection.status }} onRemedy={() => undefined} />
        )}
        <Connect
          provider={provider}
          actions={actions}
          flow={isMine ? flow : { status: 'idle' }}
          device={null}
          onChanged={onChanged}
        />
      </details>
    );
  }
  const remedy = (kind: string): void => {
    if (kind === 'connect') void askFromView('connection.start', { providerId: provider.id });
  };
  return (
    <section class="other">
      <h2>{provider.name}</h2>
      <Operator />
      {isMine && flow.status === 'failed' ? <Notice failure={flow.failure} onRemedy={remedy} /> : null}
      <Units onRemedy={remedy} />
      <Notices key={connection.createdAtMs} provider={provider} onRemedy={remedy} onChanged={onChanged} />
      <Access
        state={{ ...state, provider, connection, actions, access: null, company: null }}
        connection={connection}
        onRemedy={remedy}
        onChanged={onChanged}
      />
      <Disconnect connection={connection} name={provider.name} onDone={onDisconnected} />
    </section>
  );
}

/** Whose account is connected. */
function Operator() {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    void askFromView('operator.show', {}).then((answer) => setName(answer.ok ? answer.value.name : null));
  }, []);
  return name === null ? null : <p class="who">{text('connected_as', name)}</p>;
}

/** What is free, by site and type. */
function Units({ onRemedy }: { onRemedy(remedy: string): void }) {
  const [sites, setSites] = useState<Availability[] | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const load = async (): Promise<void> => {
    const answer = await askFromView('unit.find', {});
    setSites(answer.ok ? answer.value.sites : null);
    setFailure(answer.ok ? null : answer.failure);
  };

  return (
    <details onToggle={(event) => (event.currentTarget.open ? void load() : undefined)}>
      <summary>{text('units_title')}</summary>
      {failure === null ? null : (
        <Notice
          failure={failure}
          onRemedy={(remedy) => (remedy === 'retry' ? void load() : onRemedy(remedy))}
        />
      )}
      {sites?.map(({ site, types }) => (
        <div key={site}>
          <p>
            <strong>{site}</strong>
          </p>
          {types.map(({ name, free, monthly }) => (
            <p class="row" key={name}>
              <span>{name}</span>
              <span>
                {text('units_free', String(free))}
                {monthly === null ? '' : ` · ${text('units_monthly', money(monthly))}`}
              </span>
            </p>
          ))}
        </div>
      ))}
    </details>
  );
}
