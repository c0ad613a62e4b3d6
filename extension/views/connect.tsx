import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';
import { Device } from './device.tsx';
import { ManualToken } from './manual-token.tsx';
import { Notice } from './notice.tsx';
import { Permissions } from './permissions.tsx';
import { Switch } from './switch.tsx';
import { recommend, type Answers } from './recommend.ts';

interface ConnectProps {
  provider: NonNullable<ViewState['provider']>;
  actions: ViewState['actions'];
  flow: ViewState['flow'];
  device: ViewState['device'];
  /** Administrators may connect for the whole team. */
  isAdmin: boolean;
  /** What is connected anew was the team's. */
  wasTeams: boolean;
  onChanged(): Promise<void>;
}

/** Finds the way to connect that fits, with two questions at most, and leads through it. */
export function Connect({ provider, actions, flow, device, isAdmin, wasTeams, onChanged }: ConnectProps) {
  const [forTeam, setForTeam] = useState(wasTeams && isAdmin);
  const [answers, setAnswers] = useState<Answers>({ purpose: null, mayLogIn: null });
  const { methods, blocked } = provider;
  // A code that waits to be typed comes first, whatever was answered before the popup was closed.
  const method = device === null ? recommend(methods, answers) : 'device-code';
  const on = actions.filter(({ isOn }) => isOn).map(({ id }) => id);

  return (
    <section>
      <h1>{text('connect_title', provider.name)}</h1>
      {method === null ? (
        <Notice
          failure={{ code: blocked.length > 0 ? 'blocked-by-admin' : 'provider-misconfigured' }}
          onRemedy={() => undefined}
        />
      ) : null}
      {isAdmin && method !== null && device === null ? (
        <>
          <Switch isOn={forTeam} label={text('team_connect')} onSet={async (isOn) => setForTeam(isOn)} />
          <p class="hint">{text('team_connect_hint')}</p>
        </>
      ) : null}
      {method === 'authorization-code' ? (
        <Login provider={provider} actions={on} flow={flow} forTeam={forTeam} />
      ) : null}
      {method === 'device-code' ? (
        <Device provider={provider} actions={on} flow={device} forTeam={forTeam} onChanged={onChanged} />
      ) : null}
      {method === 'manual-token' ? (
        <ManualToken provider={provider} actions={on} forTeam={forTeam} onChanged={onChanged} />
      ) : null}
      {methods.length > 1 && device === null ? (
        <Questions provider={provider} answers={answers} onAnswer={setAnswers} />
      ) : null}
      {method !== null && blocked.length > 0 ? <p class="hint">{text('ways_blocked')}</p> : null}
    </section>
  );
}

interface QuestionsProps {
  provider: ConnectProps['provider'];
  answers: Answers;
  onAnswer(answers: Answers): void;
}

/** Asked only of those who want another way. */
function Questions({ provider, answers, onAnswer }: QuestionsProps) {
  const { purpose, mayLogIn } = answers;
  const hasLogin = provider.methods.includes('authorization-code');
  return (
    <details>
      <summary>{text('ways_title')}</summary>
      <fieldset>
        <legend>{text('ways_purpose')}</legend>
        <Choice
          name="purpose"
          label={text('ways_purpose_work')}
          checked={purpose === 'work'}
          onChoose={() => onAnswer({ purpose: 'work', mayLogIn })}
        />
        <Choice
          name="purpose"
          label={text('ways_purpose_trial')}
          checked={purpose === 'trial'}
          onChoose={() => onAnswer({ purpose: 'trial', mayLogIn: null })}
        />
      </fieldset>
      {purpose === 'work' && hasLogin ? (
        <fieldset>
          <legend>{text('ways_login', provider.name)}</legend>
          <Choice
            name="login"
            label={text('ways_login_yes')}
            checked={mayLogIn === true}
            onChoose={() => onAnswer({ purpose, mayLogIn: true })}
          />
          <Choice
            name="login"
            label={text('ways_login_no')}
            checked={mayLogIn === false}
            onChoose={() => onAnswer({ purpose, mayLogIn: false })}
          />
        </fieldset>
      ) : null}
    </details>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  checked: boolean;
  onChoose(): void;
}

function Choice({ name, label, checked, onChoose }: ChoiceProps) {
  return (
    <label class="choice">
      <input type="radio" name={name} checked={checked} onChange={onChoose} />
      {label}
    </label>
  );
}

interface LoginProps {
  provider: ConnectProps['provider'];
  actions: Parameters<typeof Permissions>[0]['actions'];
  flow: ViewState['flow'];
  forTeam: boolean;
}

/** Says in words what will be asked for, then opens the provider's login. */
function Login({ provider, actions, flow, forTeam }: LoginProps) {
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const isRunning = flow.status === 'running';
  const shown = failure ?? (flow.status === 'failed' ? flow.failure : null);

  const start = async (): Promise<void> => {
    const answer = await askFromView('connection.start', { providerId: provider.id, forTeam });
    setFailure(answer.ok ? null : answer.failure);
  };

  return (
    <>
      <p>{text('connect_intro', provider.name)}</p>
      <Permissions providerId={provider.id} actions={actions} />
      <p class="hint">{text('connect_promise')}</p>
      {shown === null || isRunning ? null : <Notice failure={shown} onRemedy={() => void start()} />}
      {isRunning ? <p role="status">{text('connect_running', provider.name)}</p> : null}
      <button type="button" disabled={isRunning} onClick={() => void start()}>
        {text('connect_button', provider.name)}
      </button>
    </>
  );
}
