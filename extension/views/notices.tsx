import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/view/state.ts';
import type { NoticeKind } from '../../shared/provider.ts';
import { askFromView } from '../ask.ts';
import { browser } from '../browser.ts';
import { noticeKindText, text } from '../text.ts';
import { Notice } from './notice.tsx';
import { Switch } from './switch.tsx';

interface NoticesProps {
  provider: NonNullable<ViewState['provider']>;
  onRemedy(remedy: string): void;
  onChanged(): Promise<void>;
}

/** What of a provider the member wants to be told of; nothing where the relay cannot hear of it. */
export function Notices({ provider, onRemedy, onChanged }: NoticesProps) {
  const { id, notices } = provider;
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [isRefused, setRefused] = useState(false);
  if (notices.length === 0) return null;

  const set = async (kind: NoticeKind, isOn: boolean): Promise<void> => {
    // First, while the click still counts as one.
    const mayShow = !isOn || (await browser.permissions.request({ permissions: ['notifications'] }));
    setRefused(!mayShow);
    if (mayShow) {
      const answer = await askFromView('notice.set', { providerId: id, kind, isOn });
      setFailure(answer.ok ? null : answer.failure);
    }
    await onChanged();
  };

  return (
    <details id={`notices-${id}`}>
      <summary>{text('notices_title')}</summary>
      <p class="hint">{text('notices_hint')}</p>
      {notices.map(({ kind, isOn }) => (
        <Switch key={kind} isOn={isOn} label={noticeKindText(kind)} onSet={(to) => set(kind, to)} />
      ))}
      {isRefused ? <p role="alert">{text('notices_not_allowed')}</p> : null}
      {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
    </details>
  );
}
