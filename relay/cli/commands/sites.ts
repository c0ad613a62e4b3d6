import { z } from 'zod';
import { listAlarms } from '../../store/recipes.ts';
import { columns, defineCommand } from '../command.ts';

/** The sites of the settings, with what the relay knows of them. */
export const sitesList = defineCommand({
  words: 'sites list',
  summary:
    'list the sites that members are offered, and the recipes that need repair there; "sites" alone does the same',
  detail:
    'They stand in STAFFETTA_SITES. Each member allows each site in their own browser: who has is known to the browsers alone.',
  example: 'sites',
  input: z.object({}),
  output: z.object({ sites: z.array(z.object({ origin: z.string(), needRepair: z.array(z.string()) })) }),
  async run({ open }) {
    const { config, store } = await open();
    const alarms = await listAlarms(store);
    return {
      sites: config.sites.map((origin) => {
        const { host, hostname } = new URL(origin);
        const broken = alarms.filter((alarm) => [host, hostname].includes(alarm.host));
        return { origin, needRepair: broken.map(({ recipeId }) => recipeId) };
      }),
    };
  },
  text: ({ sites }) =>
    sites.length === 0
      ? ['No sites are offered. Name some in STAFFETTA_SITES.']
      : columns(
          sites.map(({ origin, needRepair }) => [
            origin,
            needRepair.length === 0 ? '' : `needs repair: ${needRepair.join(', ')}`,
          ]),
        ),
});
