import type { Availability } from '../../shared/view/stora.ts';
import { Sites, Units, UnitTypes } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** How many units of each type are free at each site, with the monthly price. */
export async function findUnits(call: Call): Promise<Availability[]> {
  const list = { limit: '100' };
  const [{ sites }, { unit_types }, { units }] = await Promise.all([
    call({ method: 'GET', path: '/2025-09/sites', query: list, schema: Sites }),
    call({ method: 'GET', path: '/2025-09/unit_types', query: list, schema: UnitTypes }),
    call({ method: 'GET', path: '/2025-09/units', query: { ...list, status: 'available' }, schema: Units }),
  ]);
  return sites.map((site) => ({
    site: site.name ?? '',
    types: unit_types
      .filter((type) => type.site?.id === site.id)
      .map((type) => ({
        name: type.name ?? '',
        free: units.filter(({ unit_type, status }) => unit_type?.id === type.id && status === 'available')
          .length,
        monthly: type.prices?.find(({ billing_period }) => billing_period === 'monthly')?.price ?? null,
      })),
  }));
}
