import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ViewState } from '../../shared/view/state.ts';
import { askFromView, type Answer } from '../ask.ts';
import { dayText, money, text } from '../text.ts';
import { Access } from './access.tsx';
import { Batch } from './batch.tsx';
import { Connect } from './connect.tsx';
import { Blocked, Ending } from './connected.tsx';
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
          isAdmin={state.isAdmin}
          wasTeams={connection?.owner === 'team'}
          onChanged={onChanged}
        />
      </details>
    );
  }
  if (other.isBlocked) {
    return (
      <div class="other">
        <Blocked
          connection={connection}
          name={provider.name}
          isAdmin={state.isAdmin}
          onChanged={onChanged}
          onDisconnected={onDisconnected}
        />
      </div>
    );
  }
  const remedy = (kind: string): void => {
    if (kind === 'connect') {
      const forTeam = state.isAdmin && connection.owner === 'team';
      void askFromView('connection.start', { providerId: provider.id, forTeam });
    }
  };
  return (
    <section class="other">
      <h2>{provider.name}</h2>
      {connection.owner === 'team' ? <p class="hint">{text('team_connection')}</p> : null}
      {connection.owner === 'team' ? null : <Operator />}
      {isMine && flow.status === 'failed' ? <Notice failure={flow.failure} onRemedy={remedy} /> : null}
      <Units onRemedy={remedy} />
      <Orders onRemedy={remedy} />
      {state.actions.some(({ id, isOn }) => id === 'fic.proforma.create' && isOn) ? (
        <Batch onRemedy={remedy} />
      ) : null}
      {connection.owner === 'team' ? null : (
        <Notices key={connection.createdAtMs} provider={provider} onRemedy={remedy} onChanged={onChanged} />
      )}
      <Access
        state={{ ...state, provider, connection, actions, access: null, company: null }}
        connection={connection}
        onRemedy={remedy}
        onChanged={onChanged}
      />
      <Ending
        connection={connection}
        name={provider.name}
        isAdmin={state.isAdmin}
        onChanged={onChanged}
        onDisconnected={onDisconnected}
      />
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

interface LoadedProps<Value> {
  title: string;
  load(): Promise<Answer<Value>>;
  show(value: Value): ComponentChildren;
  onRemedy(remedy: string): void;
}

/** Something that is asked for when it is unfolded: calls are few. */
function Loaded<Value>({ title, load, show, onRemedy }: LoadedProps<Value>) {
  const [answer, setAnswer] = useState<Answer<Value> | null>(null);
  const ask = async (): Promise<void> => setAnswer(await load());

  return (
    <details onToggle={(event) => (event.currentTarget.open ? void ask() : undefined)}>
      <summary>{title}</summary>
      {answer === null ? <p class="hint">{text('popup_loading')}</p> : null}
      {answer?.ok === false ? (
        <Notice
          failure={answer.failure}
          onRemedy={(remedy) => (remedy === 'retry' ? void ask() : onRemedy(remedy))}
        />
      ) : null}
      {answer?.ok === true ? show(answer.value) : null}
    </details>
  );
}

/** What is free, by site and type, and what is sold beside it. */
function Units({ onRemedy }: { onRemedy(remedy: string): void }) {
  return (
    <Loaded
      title={text('units_title')}
      load={() => askFromView('unit.find', {})}
      onRemedy={onRemedy}
      show={({ sites, products }) => (
        <>
          {sites.map(({ site, types }) => (
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
          {products.length === 0 ? null : (
            <p>
              <strong>{text('products_title')}</strong>
            </p>
          )}
          {products.map(({ name, price }) => (
            <p class="row" key={name}>
              <span>{name}</span>
              <span>{price === null ? '' : money(price)}</span>
            </p>
          ))}
        </>
      )}
    />
  );
}

/** The newest bookings. */
function Orders({ onRemedy }: { onRemedy(remedy: string): void }) {
  return (
    <Loaded
      title={text('orders_title')}
      load={() => askFromView('order.find', {})}
      onRemedy={onRemedy}
      show={({ orders }) => (
        <>
          {orders.length === 0 ? <p class="hint">{text('orders_none')}</p> : null}
          {orders.map(({ id, site, status, total, madeAt }) => (
            <p class="row" key={id}>
              <span>
                {site}
                {madeAt === null ? '' : ` · ${dayText(madeAt)}`}
              </span>
              <span>
                {status === 'draft' ? text('orders_draft') : ''} {total === null ? '' : money(total)}
              </span>
            </p>
          ))}
        </>
      )}
    />
  );
}
