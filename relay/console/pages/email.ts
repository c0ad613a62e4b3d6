import { Failure } from '../../../shared/failure.ts';
import { MemberId } from '../../../shared/ids.ts';
import { EmailAddress } from '../../../shared/member.ts';
import type { RelayApp } from '../../http/env.ts';
import { nameEmail } from '../../people/emails.ts';
import { accountOf } from '../../store/identities.ts';
import type { SubmittedForm } from '../frame/form.ts';
import { field, h, hint, type Markup } from '../frame/markup.ts';
import { change, type Visit } from '../frame/visit.ts';

/** The address of a member's work account as a form has it; null for none. @throws Failure `request-invalid` */
export function emailIn(form: SubmittedForm): string | null {
  const text = form.text('email');
  if (text === '') return null;
  const email = EmailAddress.safeParse(text);
  if (!email.success) throw new Failure('request-invalid', { fields: ['email'] });
  return email.data;
}

/** The field for it, where the team has single sign-on. */
export function emailField({ deps, words }: Visit, email = ''): Markup {
  const { sso } = deps.config;
  if (sso === null) return null;
  const help = words.say('emailHelp', sso.domains.map((domain) => `@${domain}`).join(', '));
  return field({ id: 'email', label: words.say('emailWork'), help }, (attributes) =>
    h('input', {
      ...attributes,
      type: 'text',
      inputmode: 'email',
      maxlength: 200,
      value: email,
      autocomplete: 'off',
    }),
  );
}

/** Says which work account is a member's, as long as nobody has signed in with one. */
export async function emailCard(visit: Visit, memberId: MemberId): Promise<Markup> {
  const { deps, words, isAdmin } = visit;
  if (deps.config.sso === null) return null;
  const { say } = words;
  const { email, hasSignedIn } = await accountOf(deps.store, memberId);
  const state = hasSignedIn
    ? say('emailJoined')
    : email === null
      ? say('emailUnnamed')
      : say('emailWaiting', email);
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('workAccount')),
    h('p', null, state),
    hasSignedIn || !isAdmin
      ? null
      : [
          hint(say('emailBecomes')),
          visit.form(
            { action: `/admin/people/${memberId}/email` },
            emailField(visit, email ?? ''),
            h('button', { type: 'submit' }, say('save')),
          ),
        ],
  );
}

/** Takes the address of a member's work account. */
export function serveEmailPages(app: RelayApp): void {
  change(app, '/people/:memberId/email', {
    async act(visit, form) {
      const id = MemberId.safeParse(visit.param('memberId'));
      if (!id.success) throw new Failure('not-found');
      await nameEmail(visit.deps, visit.actor, id.data, emailIn(form));
      return { to: `/people/${id.data}`, done: 'emailNamed' };
    },
  });
}
