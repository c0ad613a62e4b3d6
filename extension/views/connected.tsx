import { useState } from 'preact/hooks';
import type { ActionId } from '../../shared/actions.ts';
import type { Connection } from '../../shared/api/connections.ts';
import type { FailureReport } from '../../shared/failure.ts';
import type { Company } from '../../shared/view/fatture-in-cloud.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { providers } from '../../shared/providers/registry.ts';
import { askFromView } from '../ask.ts';
import { language, text } from '../text.ts';
import { Access } from './access.tsx';
import { Confirmed } from './confirmed.tsx';
import { Products, Suppliers } from './lookup.tsx';
import { Notice } from './notice.tsx';
import { Notices } from './notices.tsx';
import { People } from './people.tsx';
import { Search } from './search.tsx';

interface ConnectedProps {
  state: ViewState;
  connection: Connection;
  onRemedy(remedy: string): void;
  onChanged(): Promise<void>;
  onDisconnected(note: string): Promise<void>;
}

/** A company's name, with the studio through which it is reached. */
export const companyName = (company: Company): string =>
  company.controlledBy === null ? company.name : text('company_via', company.name, company.controlledBy);

/** Who is connected, for which company, until when; search; disconnect. */
export function Connected({ state, connection, onRemedy, onChanged, onDisconnected }: ConnectedProps) {
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const { account, company } = state;
  // With a second system connected one search looks in both.
  const isTogether = state.others.some((other) => other.connection?.status === 'active');

  const isOn = (id: ActionId): boolean => state.actions.some((action) => action.id === id && action.isOn);

  const choose = async (event: { currentTarget: HTMLSelectElement }): Promise<void> => {
    const answer = await askFromView('company.choose', { companyId: Number(event.currentTarget.value) });
    setFailure(answer.ok ? null : answer.failure);
  };

  return (
    <section>
      <h1>{state.provider?.name}</h1>
      {connection.owner === 'team' ? <p class="hint">{text('team_connection')}</p> : null}
      {account === null || connection.owner === 'team' ? null : (
        <p class="who">{text('connected_as', account.name || account.email)}</p>
      )}
      {account === null ? null : account.companies.length === 0 ? (
        <p class="hint">{text('company_none')}</p>
      ) : (
        <>
          <label for="company">{text('company_label')}</label>
          <select id="company" value={company?.id ?? ''} onChange={(event) => void choose(event)}>
            {company === null ? <option value="">{text('company_choose')}</option> : null}
            {account.companies.map((choice) => (
              <option key={choice.id} value={choice.id}>
                {companyName(choice)}
              </option>
            ))}
          </select>
        </>
      )}
      {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
      {isTogether ? <People onRemedy={onRemedy} /> : company === null ? null : <Search onRemedy={onRemedy} />}
      {company !== null && isOn('fic.supplier.find') ? <Suppliers onRemedy={onRemedy} /> : null}
      {company !== null && isOn('fic.product.find') ? <Products onRemedy={onRemedy} /> : null}
      {state.provider === null || connection.owner === 'team' ? null : (
        <Notices
          key={connection.createdAtMs}
          provider={state.provider}
          onRemedy={onRemedy}
          onChanged={onChanged}
        />
      )}
      <Access state={state} connection={connection} onRemedy={onRemedy} onChanged={onChanged} />
      {connection.accessMode === 'brokered' ? <p class="hint">{text('brokered')}</p> : null}
      {state.callsLeft === null ? null : (
        <p class="hint">{text('calls_left', new Intl.NumberFormat(language()).format(state.callsLeft))}</p>
      )}
      {state.grantEndsAtMs === null ? null : (
        <p class="hint">{text('grant_ends', timeOf(state.grantEndsAtMs))}</p>
      )}
      <Ending
        connection={connection}
        name={state.provider?.name ?? ''}
        isAdmin={state.isAdmin}
        onChanged={onChanged}
        onDisconnected={onDisconnected}
      />
    </section>
  );
}

const timeOf = (ms: number): string =>
  new Intl.DateTimeFormat(language(), { weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(ms);

interface DisconnectProps {
  connection: Connection;
  name: string;
  /** Told what is left to do at the provider. */
  onDone(note: string): Promise<void>;
}

/** A connection that the team has switched off for this member: why, and how to end it. */
export function Blocked(props: EndingProps) {
  return (
    <section>
      <h1>{props.name}</h1>
      <Notice failure={{ code: 'blocked-by-admin' }} onRemedy={() => undefined} />
      <Ending {...props} />
    </section>
  );
}

interface EndingProps {
  connection: Connection;
  name: string;
  isAdmin: boolean;
  onChanged(): Promise<void>;
  onDisconnected(note: string): Promise<void>;
}

/** How a connection ends or becomes the team's: the team's is ended by administrators alone. */
export function Ending({ connection, name, isAdmin, onChanged, onDisconnected }: EndingProps) {
  const isTeams = connection.owner === 'team';
  return (
    <>
      {isAdmin && !isTeams ? <Share connection={connection} onChanged={onChanged} /> : null}
      {isAdmin || !isTeams ? (
        <Disconnect connection={connection} name={name} onDone={onDisconnected} />
      ) : null}
    </>
  );
}

/** Makes an administrator's own connection the team's, after a question. */
function Share({ connection, onChanged }: Pick<EndingProps, 'connection' | 'onChanged'>) {
  return (
    <Confirmed
      offer={text('team_share')}
      label={text('team_share_confirm')}
      question={text('team_share_question')}
      onRemedy={() => void onChanged()}
      onConfirm={async () => {
        const answer = await askFromView('connection.share', { connectionId: connection.id });
        if (answer.ok) await onChanged();
        return answer.ok ? null : answer.failure;
      }}
    />
  );
}

/** Disconnects after a question, and says where the permission itself is taken back. */
export function Disconnect({ connection, name, onDone }: DisconnectProps) {
  const disconnect = async (): Promise<FailureReport | null> => {
    const answer = await askFromView('connection.delete', { connectionId: connection.id });
    if (!answer.ok) return answer.failure;
    const steps = providers.get(connection.providerId)?.revocationSteps[language()] ?? '';
    const isRevoked = answer.value.revocation === 'revoked';
    await onDone(isRevoked ? text('disconnected_revoked') : text('disconnected_note', steps));
    return null;
  };
  return (
    <Confirmed
      offer={text('disconnect')}
      label={text('disconnect_confirm')}
      question={text('disconnect_question', name)}
      onRemedy={() => undefined}
      onConfirm={disconnect}
    />
  );
}
