import type { Hono } from 'hono';

/** What the register knows; a country that is away says nothing. */
const register = { valid: ['IT04172639991', 'DE136695976'], away: ['FR'] };

/** Mounts a stand-in for VIES, in the shape of its answers. */
export function mountVies(app: Hono): void {
  app.get('/vies/ms/:country/vat/:number', (c) => {
    const { country, number } = c.req.param();
    const isAway = register.away.includes(country);
    const isValid = !isAway && register.valid.includes(country + number);
    return c.json({
      isValid,
      requestDate: '2026-11-21T10:00:00.000Z',
      userError: isAway ? 'MS_UNAVAILABLE' : isValid ? 'VALID' : 'INVALID',
      name: '---',
      address: '---',
      vatNumber: number,
    });
  });
}
