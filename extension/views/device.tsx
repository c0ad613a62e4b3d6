import { useEffect, useState } from 'preact/hooks';
import { encode } from 'uqr';
import type { ActionId } from '../../shared/actions.ts';
import type { FailureCode } from '../../shared/diagnosis.ts';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';
import { Copy } from './copy.tsx';
import { Notice } from './notice.tsx';
import { Permissions } from './permissions.tsx';

interface DeviceProps {
  provider: NonNullable<ViewState['provider']>;
  actions: readonly ActionId[];
  flow: ViewState['device'];
  forTeam: boolean;
  onChanged(): Promise<void>;
}

/** How often the relay is asked whether the code has been typed, in milliseconds; it asks the provider at its own pace. */
const pollMs = 2_000;

/** Answers after which there is nothing left to ask for. */
const endings: ReadonlySet<FailureCode> = new Set([
  'declined',
  'flow-expired',
  'flow-unknown',
  'blocked-by-admin',
  'not-admin',
]);

/** Connects with a code that the member types at the provider, on any device. */
export function Device({ provider, actions, flow, forTeam, onChanged }: DeviceProps) {
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const start = async (): Promise<void> => {
    const answer = await askFromView('device.start', { providerId: provider.id, forTeam });
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) await onChanged();
  };

  if (flow !== null) {
    return (
      <Code
        key={flow.flowId}
        providerName={provider.name}
        flow={flow}
        onChanged={onChanged}
        onFailed={setFailure}
      />
    );
  }
  return (
    <>
      <p>{text('device_intro', provider.name)}</p>
      <Permissions providerId={provider.id} actions={actions} />
      {failure === null ? null : <Notice failure={failure} onRemedy={() => void start()} />}
      <button type="button" onClick={() => void start()}>
        {text('device_button')}
      </button>
    </>
  );
}

interface CodeProps {
  providerName: string;
  flow: NonNullable<ViewState['device']>;
  onChanged(): Promise<void>;
  onFailed(failure: FailureReport): void;
}

function Code({ providerName, flow, onChanged, onFailed }: CodeProps) {
  const { flowId, userCode, verificationUri, verificationUriComplete, expiresAtMs } = flow;
  const [leftSeconds, setLeftSeconds] = useState(secondsUntil(expiresAtMs));

  useEffect(() => {
    const counting = setInterval(() => setLeftSeconds(secondsUntil(expiresAtMs)), 1_000);
    const polling = setInterval(() => void poll(), pollMs);
    const poll = async (): Promise<void> => {
      const answer = await askFromView('device.poll', { flowId });
      const isOver = !answer.ok && endings.has(answer.failure.code);
      if (!answer.ok && isOver) onFailed(answer.failure);
      if (isOver || (answer.ok && answer.value.connected)) {
        clearInterval(polling);
        await onChanged();
      }
    };
    return () => {
      clearInterval(counting);
      clearInterval(polling);
    };
  }, [flowId, expiresAtMs]);

  const cancel = async (): Promise<void> => {
    await askFromView('device.cancel', { flowId });
    await onChanged();
  };

  return (
    <>
      <p>{text('device_steps', providerName)}</p>
      <p class="row">
        <strong class="code" aria-label={userCode.split('').join(' ')}>
          {userCode}
        </strong>
        <Copy value={userCode} what={text('device_code')} />
      </p>
      <p>
        <a href={verificationUriComplete ?? verificationUri} target="_blank" rel="noreferrer">
          {verificationUri}
        </a>
      </p>
      <Qr content={verificationUriComplete ?? verificationUri} />
      <p class="hint">{text('device_compare', providerName)}</p>
      <p class="hint" role="timer">
        {text('device_left', clockOf(leftSeconds))}
      </p>
      <button type="button" class="quiet" onClick={() => void cancel()}>
        {text('cancel')}
      </button>
    </>
  );
}

const secondsUntil = (ms: number): number => Math.max(Math.ceil((ms - Date.now()) / 1000), 0);

const clockOf = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** A QR code as one drawing, dark on light in every theme: cameras need it so. */
function Qr({ content }: { content: string }) {
  const { data, size } = encode(content, { border: 2 });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])));
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={text('device_qr')}>
      <rect width={size} height={size} fill="#fff" />
      <path d={squares.join('')} fill="#000" />
    </svg>
  );
}
