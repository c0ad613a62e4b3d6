import type { ConnectionMethod } from '../../shared/provider.ts';

/** What the member answered; null where they were not asked or have not answered. */
export interface Answers {
  /** Everyday work, or trying out and scripts. */
  purpose: 'work' | 'trial' | null;
  /** Whether the team's app may use the provider's login page. */
  mayLogIn: boolean | null;
}

/** The way to connect that fits best, among those the team offers; null where it offers none. */
export function recommend(
  offered: readonly ConnectionMethod[],
  { purpose, mayLogIn }: Answers,
): ConnectionMethod | null {
  const order: ConnectionMethod[] =
    purpose === 'trial'
      ? ['manual-token', 'authorization-code', 'device-code']
      : mayLogIn === false
        ? ['device-code', 'manual-token', 'authorization-code']
        : ['authorization-code', 'device-code', 'manual-token'];
  return order.find((method) => offered.includes(method)) ?? null;
}
