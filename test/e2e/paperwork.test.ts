import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Locator, Page } from 'playwright';
import { cardOn } from '../../scripts/card.ts';
import { popupSize } from '../../scripts/chromium.ts';
import { chooseCompany, connect, enableSite, switchOn } from '../../scripts/story.ts';
import { dumpStorage, openWorld, requestsTo, violationsOf, type World } from './setup.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

type Look = readonly [locale: 'it' | 'en', colorScheme: 'light' | 'dark'];
const looks: [Look, Look] = [
  ['it', 'light'],
  ['en', 'dark'],
];

/** Words of both languages, by what they are for. */
const words = {
  it: {
    find: 'Vedere i documenti di un cliente',
    convert: 'Passare da preventivo a ordine a fattura',
    mail: 'Inviare documenti per e-mail',
    exchange: 'Controllare le fatture e inviarle allo SDI',
    quotes: 'Fare preventivi',
    expenses: 'Registrare le spese',
    takings: 'Registrare i corrispettivi',
    suppliers: 'Cercare i fornitori',
    addSuppliers: 'Creare i fornitori',
    changeSuppliers: 'Aggiornare i fornitori',
    products: 'Cercare i prodotti',
    last: 'Ultimi documenti',
    toInvoice: 'Fanne una fattura',
    send: 'Invia per e-mail',
    sendNow: 'Invia l’e-mail',
    sent: ': inviata.',
    again: 'già stata inviata',
    check: 'Controlla per lo SDI',
    recheck: 'Controlla di nuovo',
    wrong: 'la scarterebbe',
    sure: 'So che, una volta inviata',
    toExchange: 'Invia la fattura 1 allo SDI',
    gone: 'inviata allo SDI.',
    newTakings: 'Nuovo corrispettivo',
    record: 'Registra il corrispettivo',
    another: 'È un altro: registralo',
    same: 'Un corrispettivo uguale',
    register: 'Registra la spesa',
    registered: 'registrata in Officina Aurora',
  },
  en: {
    find: 'See a client’s documents',
    convert: 'Turn quotes into orders into invoices',
    mail: 'Send documents by e-mail',
    exchange: 'Check invoices and send them to the exchange',
    quotes: 'Make quotes',
    expenses: 'Register expenses',
    takings: 'Record takings',
    suppliers: 'Find suppliers',
    addSuppliers: 'Create suppliers',
    changeSuppliers: 'Update suppliers',
    products: 'Find products',
    last: 'Last documents',
    toInvoice: 'Make it an invoice',
    send: 'Send by e-mail',
    sendNow: 'Send the e-mail',
    sent: ': sent.',
    again: 'has been sent already',
    check: 'Check for the exchange',
    recheck: 'Check again',
    wrong: 'would reject it',
    sure: 'I know that once sent',
    toExchange: 'Send invoice 1 to the exchange',
    gone: 'sent to the exchange.',
    newTakings: 'New takings',
    record: 'Record the takings',
    another: 'It is another: record it',
    same: 'The same takings',
    register: 'Register the expense',
    registered: 'registered in Officina Aurora',
  },
} as const;

/** Connected for the first company, with these actions switched on. */
async function open([locale, colorScheme]: Look, labels: string[], pages: Record<string, string> = {}) {
  const world = await openWorld({ locale, colorScheme, pages });
  const popup = await world.enrolled();
  await connect(world.browser, popup, { email: 'demo@example.it' });
  await chooseCompany(popup, 'Officina Aurora S.r.l.');
  await switchOn(world.browser, popup, labels);
  return { ...world, popup };
}

/** Takes the picture and asks axe. */
async function look(page: Page, name: string, [locale, scheme]: Look): Promise<void> {
  await page.screenshot({ path: `${directory}/${name}-${locale}-${scheme}.png`, fullPage: true });
  expect(await violationsOf(page), name).toEqual([]);
}

async function openPanel({ browser }: World): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(`chrome-extension://${browser.extensionId}/sidepanel.html`);
  await page.setViewportSize({ width: 420, height: 900 });
  return page;
}

/** A client of the sandbox with a quote. */
function withQuote({ stack }: World) {
  const { state } = stack.sandbox;
  const client = state.clientsOf(101).find(({ name }) => name.startsWith('Aurora Giardini'));
  if (client === undefined) throw new Error('no client');
  state.documents.push({
    id: 6_500,
    number: 1,
    companyId: 101,
    type: 'quote',
    date: '2026-10-02',
    subject: 'Siepe',
    entity: { id: client.id, name: client.name },
    items_list: [{ name: 'Siepe', qty: 1, net_price: 100, vat: { id: 0 } }],
    payments_list: [{ amount: 122, due_date: '2026-11-30', status: 'not_paid' }],
    amount_gross: 122,
    url: '',
  });
  return client;
}

/** Opens the client's last documents in the popup. */
async function documentsOf(popup: Page, button: string): Promise<Locator> {
  await popup.locator('#query').fill('Aurora Giardini');
  await popup.keyboard.press('Enter');
  await popup.getByRole('button', { name: button }).click();
  return popup.locator('.clients .card');
}

it.each([looks[0]])(
  'a quote becomes an invoice that is checked, mended and sent to the exchange, each once, after a question (%s, %s)',
  async (...shown) => {
    const say = words[shown[0]];
    const world = await open(shown, [say.find, say.convert, say.exchange]);
    const { popup, stack } = world;
    const client = withQuote(world);
    const card = await documentsOf(popup, say.last);
    await card.locator('summary').click();
    // The answer gets lost after the document was made; whoever presses again gets the same one.
    stack.sandbox.faults.next('POST /c/101/issued_documents', { truncate: true });
    await card.getByRole('button', { name: say.toInvoice }).click();
    await card.locator('[data-code=outcome-unknown]').waitFor();
    await card.getByRole('button', { name: say.toInvoice }).click();
    await card.getByRole('status').waitFor();
    expect(stack.sandbox.state.documents.map(({ type }) => type)).toEqual(['quote', 'invoice']);

    await card.locator('summary').first().click();
    await card.getByRole('button', { name: say.check }).click();
    await card.getByText(say.wrong).waitFor();
    await popup.setViewportSize(popupSize);
    await look(popup, 'einvoice-wrong', shown);
    client['ei_code'] = 'M5UXCR1';
    await card.getByRole('button', { name: say.recheck }).click();
    const send = card.getByRole('button', { name: say.toExchange });
    await send.waitFor();
    expect(await send.isDisabled()).toBe(true);
    await card.getByLabel(say.sure).check();
    await look(popup, 'einvoice-good', shown);
    await send.dblclick();
    await card.getByText(say.gone).waitFor();
    expect(stack.sandbox.state.eInvoicesSent).toHaveLength(1);
  },
  40_000,
);

it.each([looks[1]])(
  'a document goes by e-mail as it was written in the panel, once; the same again only if a person says so (%s, %s)',
  async (...shown) => {
    const say = words[shown[0]];
    const world = await open(shown, [say.find, say.mail]);
    const { popup, stack } = world;
    withQuote(world);
    const card = await documentsOf(popup, say.last);
    await card.locator('summary').click();
    await card.getByRole('button', { name: say.send }).click();
    await expect.poll(async () => (await dumpStorage(world.browser)).local).toContain('written');
    const panel = await openPanel(world);
    await panel.locator('#sender').waitFor();
    await panel.locator('#subject').fill('Il nostro preventivo');
    await panel.locator('#body').fill('Buongiorno,\necco il <preventivo>.');
    await look(panel, 'email', shown);
    expect((await dumpStorage(world.browser)).local).not.toContain('preventivo');
    stack.sandbox.faults.next('POST /c/101/issued_documents/6500/email', { truncate: true });
    await panel.getByRole('button', { name: say.sendNow }).click();
    await panel.locator('[data-code=outcome-unknown]').waitFor();
    await panel.getByRole('button', { name: say.sendNow }).click();
    // It had gone: that is told, and nothing goes a second time by itself.
    await panel.getByText(say.again).waitFor();
    expect(stack.sandbox.state.emails).toMatchObject([
      { to_email: 'info@auroragiardini.example.it', content: 'Buongiorno,<br>ecco il &lt;preventivo&gt;.' },
    ]);
  },
  40_000,
);

it.each([looks[0]])(
  'takings and the PDF of an expense are registered once, offline they wait (%s, %s)',
  async (...shown) => {
    const say = words[shown[0]];
    const pdf = '%PDF-1.7 fattura di prova';
    const pages = {
      '/fatture': '<h1>Fatture</h1><a href="/f/F-17.pdf">F/17</a>',
      '/f/F-17.pdf': pdf,
      '/f/falsa.pdf': '<p>no</p>',
    };
    const world = await open(shown, [say.expenses, say.takings], pages);
    const { browser, stack, shopOrigin } = world;
    await enableSite(browser, shopOrigin);
    const shop = await browser.context.newPage();
    await shop.goto(`${shopOrigin}/fatture`);

    const panel = await openPanel(world);
    await panel.getByRole('button', { name: say.newTakings }).click();
    await panel.locator('#gross').fill('1.234,50');
    await expect.poll(() => panel.locator('#vat').inputValue()).not.toBe('');
    await look(panel, 'receipt', shown);
    await browser.context.setOffline(true);
    const record = panel.getByRole('button', { name: say.record });
    await record.click();
    await panel.locator('[data-code=offline], [data-code=relay-down]').waitFor();
    await browser.context.setOffline(false);
    expect(stack.sandbox.state.receipts).toEqual([]);
    await record.dblclick();
    await panel.getByRole('status').waitFor();
    expect(stack.sandbox.state.receipts).toMatchObject([{ amount_gross: 1234.5 }]);
    // The same once more is asked about, and is another one if a person says so.
    await panel.getByRole('button', { name: say.newTakings }).click();
    await panel.locator('#gross').fill('1234,50');
    await expect.poll(() => panel.locator('#vat').inputValue()).not.toBe('');
    await record.click();
    await panel.getByText(say.same).waitFor();
    await panel.getByRole('button', { name: say.another }).click();
    await panel.getByRole('status').waitFor();
    expect(stack.sandbox.state.receipts).toHaveLength(2);

    // What a press in the menu of a link makes the background do; no script can press it.
    const [worker] = browser.context.serviceWorkers();
    await worker?.evaluate((linkUrl) => {
      type Event = { dispatch?: (info: object) => void };
      const { chrome } = globalThis as unknown as { chrome: { contextMenus: { onClicked: Event } } }; // the worker's own global
      chrome.contextMenus.onClicked.dispatch?.({ menuItemId: 'expense', linkUrl });
    }, `${shopOrigin}/f/falsa.pdf`);
    await panel.locator('#supplier').fill('Legnami Valsugana S.r.l.');
    await panel.locator('#number').fill('F/17');
    await panel.locator('#net').fill('100');
    await panel.locator('#tax').fill('22');
    expect(await panel.locator('#link').inputValue()).toBe(`${shopOrigin}/f/falsa.pdf`);
    await panel.getByRole('button', { name: say.register }).click();
    await panel.locator('#link-wrong').waitFor();
    await look(panel, 'expense', shown);
    await panel.locator('#link').fill(`${shopOrigin}/f/F-17.pdf`);
    await panel.getByRole('button', { name: say.register }).click();
    await panel.getByText(say.registered).waitFor();
    expect(stack.sandbox.state.expenses).toHaveLength(1);
    const files = [...stack.sandbox.state.attachments.values()];
    expect(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['F-17.pdf', pdf],
    ]);
  },
  60_000,
);

it.each([looks[1]])(
  'who is on a page is found among the suppliers too, or made one; a record takes over field by field what the page says (%s, %s)',
  async (...shown) => {
    const say = words[shown[0]];
    const world = await open(shown, [say.suppliers, say.addSuppliers, say.changeSuppliers, say.products]);
    const { browser, popup, stack, shopOrigin } = world;
    await popup.locator('#products summary').click();
    await popup.locator('#products input').fill('tavolo');
    await popup.keyboard.press('Enter');
    await popup.locator('#products li').waitFor();
    await popup.locator('#suppliers summary').click();
    await popup.locator('#suppliers input').fill('valsugana');
    await popup.keyboard.press('Enter');
    await popup.locator('#suppliers li').waitFor();
    await popup.setViewportSize(popupSize);
    await look(popup, 'lookups', shown);

    await enableSite(browser, shopOrigin);
    const shop = await browser.context.newPage();
    await shop.goto(`${shopOrigin}/ordini/1042`);
    const card = await cardOn(shop);
    await card.waitForChip();
    await card.press('Staffetta');
    const [make, made, there, otherwise, update, updated] =
      shown[0] === 'it'
        ? [
            'Crea il fornitore',
            'Fornitore creato',
            'È già fornitore',
            'La pagina dice altro',
            'Aggiorna ciò',
            'Aggiornato',
          ]
        : [
            'Create the supplier',
            'Supplier created',
            'Already a supplier',
            'The page says otherwise',
            'Update what',
            'Updated',
          ];
    await card.waitFor(make);
    await card.press(make, 2);
    await card.waitFor(made);
    expect(requestsTo(stack, 'POST', /\/entities\/suppliers$/)).toBe(1);
    expect(requestsTo(stack, 'POST', /\/entities\/clients$/)).toBe(0);

    // The record gets old: what it lacks is ticked, what would be overwritten is not.
    const record = stack.sandbox.state.entitiesOf('suppliers', 101).at(-1);
    if (record === undefined) throw new Error('no supplier');
    const { email, address_city: city } = record;
    Object.assign(record, { address_city: '', email: 'vecchia@example.it' });
    await shop.reload();
    await card.waitForChip();
    await card.press('Staffetta');
    await card.waitFor(there);
    await card.waitFor(otherwise);
    await shop.screenshot({ path: `${directory}/card-differences-${shown[0]}-${shown[1]}.png` });
    await card.press(update);
    await card.waitFor(updated);
    const now = stack.sandbox.state.entitiesOf('suppliers', 101).at(-1);
    expect(now).toMatchObject({ address_city: city, email: 'vecchia@example.it' });
    expect(email).not.toBe('vecchia@example.it');
  },
  40_000,
);
