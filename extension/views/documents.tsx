import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type {
  ClientDocument,
  ClientSummary,
  DocumentType,
  EInvoiceCheck,
} from '../../shared/view/fatture-in-cloud.ts';
import { askFromView } from '../ask.ts';
import { dayText, money, text, type TextKey } from '../text.ts';
import { Notice } from './notice.tsx';
import { OnDemand } from './on-demand.tsx';
import { openPanel } from '../browser.ts';

interface DocumentsProps {
  client: Pick<ClientSummary, 'id' | 'name'>;
  onRemedy(remedy: string): void;
}

const nameOf = ({ type, number }: Pick<ClientDocument, 'type' | 'number'>): string =>
  `${text(`document_${type}_name`)} ${number}`;

/** What a client was sent last, and what can be done with each. */
export function Documents({ client, onRemedy }: DocumentsProps) {
  const [note, setNote] = useState<string | null>(null);
  return (
    <OnDemand
      label={text('documents_show')}
      ask={() => askFromView('document.find', { clientId: client.id, name: client.name })}
      show={({ documents }, reload) => (
        <>
          {note === null ? null : <p role="status">{note}</p>}
          {documents.length === 0 ? <p class="hint">{text('documents_none')}</p> : null}
          {documents.map((document) => (
            <Document
              key={document.id}
              document={document}
              onRemedy={onRemedy}
              onDone={async (words) => {
                await reload();
                setNote(words);
              }}
            />
          ))}
        </>
      )}
      onRemedy={onRemedy}
    />
  );
}

interface DocumentProps {
  document: ClientDocument;
  onRemedy(remedy: string): void;
  onDone(words: string): Promise<void>;
}

function Document({ document, onRemedy, onDone }: DocumentProps) {
  const { id, type, date, gross, eiStatus, becomes, canEmail, canCheck } = document;
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [isBusy, setBusy] = useState(false);
  const name = nameOf(document);

  const busy = async (work: () => Promise<FailureReport | null>): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setFailure(await work());
    setBusy(false);
  };
  const convert = (to: DocumentType): Promise<void> =>
    busy(async () => {
      const answer = await askFromView('document.convert', { documentId: id, to });
      if (!answer.ok) return answer.failure;
      const { created, number } = answer.value;
      await onDone(
        text(created ? 'document_converted' : 'document_there', name, nameOf({ type: to, number })),
      );
      return null;
    });
  const email = (): Promise<void> =>
    busy(async () => {
      // First, while the press still counts as one.
      const opened = openPanel();
      const answer = await askFromView('document.email', { documentId: id, name });
      await opened;
      return answer.ok ? null : answer.failure;
    });

  return (
    <details>
      <summary class="line">
        <span>
          {name}
          <span class="hint">
            {date === '' ? '' : ` · ${dayText(date)}`}
            {eiStatus === null ? '' : ` · ${text(`ei_${eiStatus}` satisfies TextKey)}`}
          </span>
        </span>
        <span class="sum">{money({ amount: gross, currency: 'EUR' })}</span>
      </summary>
      {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
      <div class="row wrap">
        {becomes.map((to) => (
          <button key={to} type="button" class="secondary" disabled={isBusy} onClick={() => void convert(to)}>
            {text(`document_to_${to}` as TextKey /* keys tested */)}
          </button>
        ))}
        {canEmail ? (
          <button type="button" class="secondary" disabled={isBusy} onClick={() => void email()}>
            {text('document_email')}
          </button>
        ) : null}
      </div>
      {becomes.length === 0 && !canEmail && !canCheck ? (
        <p class="hint">{text('documents_no_actions')}</p>
      ) : null}
      {canCheck ? <EInvoice id={id} type={type} onRemedy={onRemedy} onDone={onDone} /> : null}
    </details>
  );
}

interface EInvoiceProps {
  id: number;
  type: DocumentType;
  onRemedy(remedy: string): void;
  onDone(words: string): Promise<void>;
}

/** Asks whether the exchange would take an invoice; sends it only after a question of its own: there is no way back. */
function EInvoice({ id, onRemedy, onDone }: EInvoiceProps) {
  const [check, setCheck] = useState<EInvoiceCheck | null>(null);
  const [isSure, setSure] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const look = async (): Promise<void> => {
    setBusy(true);
    setSure(false);
    const answer = await askFromView('einvoice.check', { documentId: id });
    setBusy(false);
    setCheck(answer.ok ? answer.value : null);
    setFailure(answer.ok ? null : answer.failure);
  };
  const send = async (): Promise<void> => {
    if (isBusy || check === null) return;
    setBusy(true);
    const answer = await askFromView('einvoice.send', { documentId: id });
    setBusy(false);
    if (answer.ok)
      await onDone(text(answer.value.sentNow ? 'einvoice_sent' : 'einvoice_was_sent', check.number));
    else setFailure(answer.failure);
  };

  return (
    <>
      {failure === null ? null : (
        <Notice
          failure={failure}
          onRemedy={(remedy) => (remedy === 'retry' ? void look() : onRemedy(remedy))}
        />
      )}
      {check === null ? (
        <button type="button" class="secondary" disabled={isBusy} onClick={() => void look()}>
          {text('einvoice_check')}
        </button>
      ) : (
        <div role="group" aria-label={text('einvoice_check')}>
          {check.reason === null ? null : <p class="notice">{text('einvoice_reason', check.reason)}</p>}
          {check.errors.length === 0 ? null : (
            <>
              <p>{text('einvoice_errors')}</p>
              <ul>
                {check.errors.map((error) => (
                  <li key={error}>{error}</li>
                ))}
              </ul>
              <button type="button" class="secondary" disabled={isBusy} onClick={() => void look()}>
                {text('einvoice_recheck')}
              </button>
            </>
          )}
          {!check.canSend && check.errors.length === 0 ? (
            <p>
              {text('einvoice_gone')}{' '}
              {check.status === null ? '' : text(`ei_${check.status}` satisfies TextKey)}
            </p>
          ) : null}
          {check.canSend ? (
            <>
              <p>{text('einvoice_good', check.number)}</p>
              <label class="choice">
                <input
                  type="checkbox"
                  checked={isSure}
                  onChange={(event) => setSure(event.currentTarget.checked)}
                />
                {text('einvoice_sure')}
              </label>
              <button type="button" disabled={!isSure || isBusy} onClick={() => void send()}>
                {text('einvoice_send', check.number)}
              </button>
            </>
          ) : null}
        </div>
      )}
    </>
  );
}
