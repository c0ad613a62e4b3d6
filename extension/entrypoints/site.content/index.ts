import { defineContentScript } from 'wxt/utils/define-content-script';
import { readPage } from '../../facts/read.ts';
import { showChip } from '../../page/chip.ts';

export default defineContentScript({
  // Registered for each site that a member enables (`background/sites.ts`); the manifest names none.
  registration: 'runtime',
  matches: [],
  main(context) {
    const { customer, anchor } = readPage(document);
    if (customer !== null && anchor !== null) showChip(anchor, customer, context.signal);
  },
});
