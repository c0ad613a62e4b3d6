import { useState } from 'preact/hooks';
import type { ActionId } from '../../shared/actions.ts';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { providers } from '../../shared/providers/registry.ts';
import { askFromView } from '../ask.ts';
import { language, text } from '../text.ts';
import { Copy } from './copy.tsx';
import { Notice } from './notice.tsx';
import { Permissions } from './permissions.tsx';

interface ManualTokenProps {
  provider: NonNullable<ViewState['provider']>;
  actions: readonly ActionId[];
  forTeam: boolean;
  onChanged(): Promise<void>;
}

/** Leads through making a token at the provider, and hands it to the relay. */
export function ManualToken({ provider, actions, forTeam, onChanged }: ManualTokenProps) {
  const [token, setToken] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const steps = providers.get(provider.id)?.manualToken?.steps ?? [];

  const submit = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    setBusy(true);
    const answer = await askFromView('token.connect', { providerId: provider.id, token, forTeam });
    setBusy(false);
    setFailure(answer.ok ? null : answer.failure);
    // Whatever came of it: the field is no place for a secret.
    setToken('');
    if (answer.ok) await onChanged();
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <p>{text('manual_intro', provider.name)}</p>
      <ol class="steps">
        {steps.map((step) => (
          <li key={step.en}>{step[language()]}</li>
        ))}
      </ol>
      <p class="row">
        <span>
          Client ID: <code>{provider.clientId}</code>
        </span>
        <Copy value={provider.clientId ?? ''} what="Client ID" />
      </p>
      <p>{text('manual_permissions')}</p>
      <Permissions providerId={provider.id} actions={actions} isTickable />
      <label for="token">{text('manual_label')}</label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        spellcheck={false}
        required
        aria-describedby="token-hint"
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <p id="token-hint" class="hint">
        {text('manual_promise')}
      </p>
      {failure === null ? null : <Notice failure={failure} onRemedy={() => void submit()} />}
      <button type="submit" disabled={isBusy}>
        {text(isBusy ? 'manual_checking' : 'manual_button')}
      </button>
    </form>
  );
}
