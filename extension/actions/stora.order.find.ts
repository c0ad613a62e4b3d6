import type { Order } from '../../shared/view/stora.ts';
import { Orders } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** How many bookings are shown. */
const ordersMax = 10;

/** The newest bookings of all sites. */
export async function findOrders(call: Call): Promise<Order[]> {
  const { orders } = await call({
    method: 'GET',
    path: '/2025-09/orders',
    query: { expand: 'site', limit: String(ordersMax) },
    schema: Orders,
  });
  return orders.map(({ id, status, site, total, created_at }) => ({
    id,
    site: site?.name ?? '',
    status: status ?? '',
    total: total ?? null,
    madeAt: created_at ?? null,
  }));
}
