import { useState } from 'preact/hooks';
import { actionsOf, scopesFor } from '../../shared/actions.ts';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/messages.ts';
import { providers } from '../../shared/providers/registry.ts';
import { describeScopes } from '../../shared/scopes.ts';
import { askFromView } from '../ask.ts';
import { language, text } from '../text.ts';
import { Notice } from './notice.tsx';

interface ConnectProps {
  provider: NonNullable<ViewState['provider']>;
  flow: ViewState['flow'];
}

/** Says in words what will be asked for, then opens the provider's login. */
export function Connect({ provider, flow }: ConnectProps) {
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const description = providers.get(provider.id);
  if (description === undefined) return null;
  const scopes = describeScopes(description, scopesFor(description, actionsOf(provider.id)));
  const isRunning = flow.status === 'running';
  const shown = failure ?? (flow.status === 'failed' ? flow.failure : null);

  const start = async (): Promise<void> => {
    const answer = await askFromView('connection.start', { providerId: provider.id });
    setFailure(answer.ok ? null : answer.failure);
  };

  return (
    <section>
      <h1>{text('connect_title', provider.name)}</h1>
      <p>{text('connect_intro', provider.name)}</p>
      <ul class="permissions">
        <li>{text('connect_basics')}</li>
        {scopes.map((scope) => (
          <li key={scope.name}>{scope.meaning[language()]}</li>
        ))}
      </ul>
      <p class="hint">{text('connect_promise')}</p>
      {shown === null || isRunning ? null : <Notice failure={shown} onRemedy={() => void start()} />}
      {provider.configured ? null : (
        <Notice failure={{ code: 'provider-misconfigured' }} onRemedy={() => undefined} />
      )}
      {isRunning ? <p role="status">{text('connect_running', provider.name)}</p> : null}
      <button type="button" disabled={isRunning || !provider.configured} onClick={() => void start()}>
        {text('connect_button', provider.name)}
      </button>
    </section>
  );
}
