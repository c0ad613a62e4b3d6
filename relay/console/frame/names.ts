import type { ConnectionCount } from '../../store/overview.ts';
import { badge, type Markup } from './markup.ts';
import type { Visit } from './visit.ts';
import type { Words } from './words.ts';

/** What a provider is called; its id where the settings do not know it any more. */
export const providerName = ({ deps }: Pick<Visit, 'deps'>, id: string): string =>
  deps.config.providers.get(id)?.provider.name ?? id;

/** The state of a connection as a coloured word. */
export const statusBadge = ({ statusOf }: Words, status: ConnectionCount['status']): Markup =>
  badge(status === 'active' ? 'good' : 'bad', statusOf(status));
