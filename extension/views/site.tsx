import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { Company } from '../../shared/view/fatture-in-cloud.ts';
import { isSiteAllowed, type Managed } from '../../shared/view/managed.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { askFromView } from '../ask.ts';
import { failureText, text } from '../text.ts';
import { allowSite } from './allow-site.ts';
import { companyName } from './connected.tsx';
import { unreadableText } from './managed.tsx';
import { Notice } from './notice.tsx';

interface SiteProps {
  site: NonNullable<ViewState['site']>;
  managed: Managed;
  companies: readonly Company[];
  onDone(): Promise<void>;
}

/** Switches in-page actions on or off for the page the popup was opened over. */
export function Site({ site, managed, companies, onDone }: SiteProps) {
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const { host } = new URL(site.origin);
  if (!isSiteAllowed(managed, site.origin)) {
    return (
      <section class="site" aria-label={host}>
        <p>{managed.unreadable.includes('sites') ? unreadableText('sites') : text('site_blocked', host)}</p>
      </section>
    );
  }

  const enable = async (): Promise<void> => {
    setFailure(await allowSite(site.origin));
    await onDone();
  };

  const choose = async (event: { currentTarget: HTMLSelectElement }): Promise<void> => {
    const { value } = event.currentTarget;
    const companyId = value === '' ? null : Number(value);
    const answer = await askFromView('site.company', { origin: site.origin, companyId });
    setFailure(answer.ok ? null : answer.failure);
    await onDone();
  };

  const disable = async (): Promise<void> => {
    await askFromView('site.disable', { origin: site.origin });
    await onDone();
  };

  return (
    <section class="site" aria-label={host}>
      <div class="row">
        <span>{text(site.enabled ? 'site_on' : 'site_off', host)}</span>
        {site.isBlocked ? null : (
          <button type="button" class="secondary" onClick={() => void (site.enabled ? disable() : enable())}>
            {text(site.enabled ? 'site_disable' : 'site_enable')}
          </button>
        )}
      </div>
      {site.isBlocked ? <p class="hint">{failureText({ code: 'blocked-by-admin' })}</p> : null}
      {site.enabled && companies.length > 1 ? (
        <>
          <label for="site-company">{text('site_company')}</label>
          <select id="site-company" value={site.companyId ?? ''} onChange={(event) => void choose(event)}>
            <option value="">{text('site_company_same')}</option>
            {companies.map((company) => (
              <option key={company.id} value={company.id}>
                {companyName(company)}
              </option>
            ))}
          </select>
        </>
      ) : null}
      {failure === null ? null : <Notice failure={failure} onRemedy={() => void enable()} />}
    </section>
  );
}
